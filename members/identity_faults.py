"""What to tell the owner of a roll about a cell that could not be read: a sentence for each field and fault."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    ("rid", "repeated"): _("The row's id stands on another row too; pairs cannot be told apart by it."),
    ("id_no", "missing"): _("There is no identity number."),
    ("id_no", "scientific"): _(
        "Excel has turned the identity number into scientific notation and lost its last digits; "
        "set the column to text and enter it again."
    ),
    ("id_no", "masked"): _("The identity number is masked; the full number is needed."),
    ("id_no", "characters"): _("The identity number contains characters that do not belong there."),
    ("id_no", "length"): _("The identity number has neither 18 nor 15 characters."),
    ("id_no", "check"): _("The identity number's check character is wrong; at least one digit is mistyped."),
    ("id_no", "date"): _("The identity number's birth date does not exist."),
    ("id_no", "region"): _("No list of regions, past or present, has the identity number's first six digits."),
    ("phone", "missing"): _("There is no mobile number."),
    ("phone", "scientific"): _(
        "Excel has turned the mobile number into scientific notation; set the column to text and enter it again."
    ),
    ("phone", "masked"): _("The mobile number is masked; the full number is needed."),
    ("phone", "landline"): _("This is not a mobile number of eleven digits."),
    ("phone", "characters"): _("The mobile number contains characters that do not belong there."),
    ("plate", "missing"): _("There is no plate."),
    ("plate", "characters"): _("This is not a plate of seven characters, or eight for a new-energy vehicle."),
    ("name", "missing"): _("There is no name."),
    ("name", "total"): _("This is a row of totals, nobody's row."),
    ("credit_code", "missing"): _("There is no unified social credit code."),
    ("credit_code", "scientific"): _(
        "Excel has turned the credit code into scientific notation; set the column to text and enter it again."
    ),
    ("credit_code", "length"): _("A unified social credit code has 18 characters."),
    ("credit_code", "characters"): _("The credit code contains characters that do not belong there (I, O, S, V, Z)."),
    ("credit_code", "check"): _("The credit code's check character is wrong; at least one character is mistyped."),
}


def sentence(field: str, fault: str) -> str:
    """Return the sentence for a fault, in the language of whoever reads it. Never contains the cell's text."""
    return str(SENTENCES[field, fault])
