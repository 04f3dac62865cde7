"""What no password may contain here, and the one-use links for a first password."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Our choice: names of the two counties and their neighbours, common surnames, the party's own dates and words in
# pinyin, keyboard walks, office habits.
LOCAL_WORDS = (
    "admin",
    "administrator",
    "dangjian",
    "dangyuan",
    "dangwei",
    "zhibu",
    "dazhong",
    "shandong",
    "zhaoyuan",
    "linshu",
    "yantai",
    "linyi",
    "jinan",
    "qingdao",
    "weifang",
    "jiaotongju",
    "jiaotong",
    "wuliu",
    "zhengfu",
    "zhonggong",
    "zuzhibu",
    "xuanchuan",
    "gongchandang",
    "dzrb",
    "wang",
    "zhang",
    "zhao",
    "chen",
    "yang",
    "huang",
    "zhou",
    "zhongguo",
    "zhonghua",
    "woaini",
    "password",
    "passw0rd",
    "qwerty",
    "1qaz2wsx",
    "19210701",
    "19491001",
    "123456",
    "654321",
    "111111",
    "000000",
    "888888",
    "666666",
)


class LocalWordsValidator:
    """Refuse passwords built around a word everybody here would guess (`security.md` row 3)."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises: ValidationError when known words and figures make up all but a few characters."""
        rest = password.lower()
        for word in LOCAL_WORDS:
            rest = rest.replace(word, "")
        has_word = rest != password.lower()
        own = [letter for letter in rest if not letter.isdecimal()]
        if len(own) < (8 if has_word else 4):
            raise ValidationError(
                _("This password is built around a word that is easy to guess here. Use a phrase of your own."),
                code="password_local_word",
            )

    def get_help_text(self) -> str:
        """Return the rule in one sentence."""
        return _("Do not build the password around place names, dates or keyboard patterns.")


class FirstPasswordTokens(PasswordResetTokenGenerator):
    """Tokens that die when the password is set, a newer one is issued, or after PASSWORD_RESET_TIMEOUT."""

    key_salt = "members.passwords.FirstPasswordTokens"

    def _make_hash_value(self, user: object, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.session_epoch}{user.is_active}"


first_password_tokens = FirstPasswordTokens()
