"""The settings page shows what the server's configuration has decided, in place of a control that does nothing."""

from collections.abc import Callable

from lxml import html

from crm.app import CRM
from tests.conftest import Person


def test_the_captcha_of_the_configuration(app: CRM, as_user: Callable[[str], Person]) -> None:
    admin = as_user("admin")
    app.config["CRM_LOGIN_CAPTCHA"] = ""
    page = html.fromstring(admin.get("/settings").get_data(as_text=True))
    assert page.xpath("//select[@name='captcha']")
    assert "CRM_LOGIN_CAPTCHA" not in page.text_content()
    app.config["CRM_LOGIN_CAPTCHA"] = "after_failures"
    page = html.fromstring(admin.get("/settings").get_data(as_text=True))
    assert not page.xpath("//*[@name='captcha']")
    (group,) = [g for g in page.xpath("//fieldset") if "CRM_LOGIN_CAPTCHA" in g.text_content()]
    assert "輸入錯誤後" in group.text_content() or "失敗後" in group.text_content(), group.text_content()


def test_saving_leaves_the_settings_own_choice(app: CRM, as_user: Callable[[str], Person]) -> None:
    admin = as_user("admin")
    for configured in ("", "off"):
        app.config["CRM_LOGIN_CAPTCHA"] = configured
        form = html.fromstring(admin.get("/settings").get_data(as_text=True)).xpath("//form[contains(@class, 'form')]")[
            0
        ]
        values = {**dict(form.form_values()), "firm_name": "改名公司"}
        values |= {"captcha": "after_failures"} if not configured else {}
        assert admin.post("/settings", values).status_code == 303
    app.config["CRM_LOGIN_CAPTCHA"] = ""
    page = html.fromstring(admin.get("/settings").get_data(as_text=True))
    assert page.xpath("//select[@name='captcha']/option[@selected]/@value") == ["after_failures"]
