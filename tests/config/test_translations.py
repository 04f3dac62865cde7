from config import translations


def test_translations_have_no_problem():
    assert translations.problems() == []


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_update_keeps_known_and_drops_obsolete_messages(tmp_path):
    write(tmp_path, "cases/a.py", 'x = _("Keep")\ny = ngettext("%(count)s case", "%(count)s cases", n)\n')
    write(tmp_path, "templates/a.html", '<p>\n  {% translate "From a page" context "menu" %}</p>\n')
    po = write(
        tmp_path, "django.po", translations.HEADER + 'msgid "Keep"\nmsgstr "保留"\n\nmsgid "Gone"\nmsgstr "没有了"\n'
    )

    translations.update(po, tmp_path)

    catalog = translations.translated(po)
    assert sorted(translations._key(message) for message in catalog if message.id) == [
        "%(count)s cases",
        "From a page",
        "Keep",
    ]
    assert catalog.get("Keep").string == "保留"
    assert catalog.get("From a page", "menu").string == ""


def test_problems_names_each_fault(tmp_path):
    source = 'a = [_("None yet"), _("Sent by %(who)s"), _("Two, parts"), _("Unsure"), _("中文")]\n'
    write(tmp_path, "cases/a.py", source)
    po = write(
        tmp_path,
        "django.po",
        translations.HEADER
        + 'msgid "Sent by %(who)s"\nmsgstr "报送人：%(whom)s"\n\n'
        + 'msgid "Two, parts"\nmsgstr "两个,部分"\n\n'
        + '#, fuzzy\nmsgid "Unsure"\nmsgstr "不确定"\n\n'
        + 'msgid "Old"\nmsgstr "旧"\n',
    )

    assert translations.problems(po, tmp_path) == [
        "fuzzy: 'Unsure'",
        "half-width punctuation beside Hanzi: 'Two, parts'",
        "message id is not English: '中文'",
        "missing: 'None yet'",
        "obsolete: 'Old'",
        "placeholders differ: 'Sent by %(who)s'",
    ]
