"""Accessibility rules (axe-core, from its wheel) on a page of the real browser."""

from axe_playwright_python.sync_playwright import Axe

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


def violations(page):
    """One readable line per violation: the rule, what it says, where."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {' '.join(node['target'])}: {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"]
    ]


def assert_accessible(page):
    """Fail with every violation of WCAG 2.0 to 2.2, levels A and AA, on the page as it stands."""
    found = violations(page)
    assert found == [], f"{page.url}\n" + "\n".join(found)
