from tests.axe import violations


def test_violations_names_the_rule_and_the_place(page):
    page.set_content(
        "<html lang='zh-Hans'><title>照片</title><main><h1>照片</h1><img id='bare' src='/a.png'></main></html>"
    )

    assert [line.split(": ")[0] + line.split(": ")[2] for line in violations(page)] == ["image-alt#bare"]
