"""Addresses of the members app: one list per area."""

from django.urls import include, path, register_converter

from members.models.match import Side
from members.views import (
    account,
    audit,
    batch,
    blind,
    checkin,
    checkin_point,
    development,
    discovery,
    enterprise,
    factor,
    match,
    match_review,
    register,
    vehicle,
)

app_name = "members"


class SideConverter:
    """One side of a data match in an address."""

    regex = "|".join(Side.values)

    def to_python(self, value: str) -> Side:
        """Return the side."""
        return Side(value)

    def to_url(self, value: str) -> str:
        """Return the word in the address."""
        return str(value)


register_converter(SideConverter, "side")

account_urls = [
    path("", account.profile, name="account_profile"),
    path("first-password/<str:uid>/<str:token>/", account.first_password, name="account_first_password"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("password/", account.password, name="account_password"),
    path("notices/", account.notices, name="account_notices"),
    path("notices/<int:pk>/open/", account.open_notice, name="account_open_notice"),
]

factor_urls = [
    path("code/", factor.sign_in, name="factor_sign_in"),
    path("factor/", factor.page, name="factor_page"),
    path("factor/begin/", factor.begin, name="factor_begin"),
    path("factor/confirm/", factor.confirm, name="factor_confirm"),
    path("factor/codes/", factor.codes, name="factor_codes"),
    path("factor/off/", factor.turn_off, name="factor_turn_off"),
]

audit_urls = [
    path("audit/", audit.log, name="audit_log"),
]

register_urls = [
    path("", register.people, name="register_people"),
    path("find/", register.find, name="register_find"),
    path("new/", register.create, name="register_create"),
    path("<int:pk>/", register.person, name="register_person"),
    path("<int:pk>/edit/", register.edit, name="register_edit"),
    path("<int:pk>/number/", register.reveal, name="register_reveal"),
    path("<int:pk>/posts/", register.add_post, name="register_add_post"),
    path("<int:pk>/posts/<int:post>/end/", register.end_post, name="register_end_post"),
    path("<int:pk>/vehicles/", register.add_vehicle, name="register_add_vehicle"),
]

vehicle_urls = [
    path("", vehicle.list_, name="vehicle_list"),
    path("<int:pk>/", vehicle.edit, name="vehicle_edit"),
]

enterprise_urls = [
    path("", enterprise.list_, name="enterprise_list"),
    path("new/", enterprise.create, name="enterprise_create"),
    path("<int:pk>/", enterprise.edit, name="enterprise_edit"),
]

batch_urls = [
    path("", batch.list_, name="batch_list"),
    path("new/", batch.upload, name="batch_upload"),
    path("<int:pk>/", batch.detail, name="batch_detail"),
    path("<int:pk>/columns/", batch.columns, name="batch_columns"),
    path("<int:pk>/start/", batch.start, name="batch_start"),
    path("<int:pk>/bad-rows/", batch.bad_rows, name="batch_bad_rows"),
    path("<int:pk>/close/", batch.close, name="batch_close"),
    path("<int:pk>/undo/", batch.undo, name="batch_undo"),
]

match_urls = [
    path("", match.list_, name="match_list"),
    path("new/", match.create, name="match_create"),
    path("<int:pk>/", match.detail, name="match_detail"),
    path("<int:pk>/progress/", match.progress, name="match_progress"),
    path("<int:pk>/register/", match.register, name="match_register"),
    path("<int:pk>/swap/", match.swap, name="match_swap"),
    path("<int:pk>/start/", match.start, name="match_start"),
    path("<int:pk>/stop/", match.stop, name="match_stop"),
    path("<int:pk>/close/", match.close, name="match_close"),
    path("<int:pk>/review/", match_review.queue, name="match_review"),
    path("<int:pk>/pairs/", match_review.pairs, name="match_pairs"),
    path("<int:pk>/pairs/<int:number>/decide/", match_review.decide, name="match_decide"),
    path("<int:pk>/pairs/<int:number>/undo/", match_review.undo, name="match_undo"),
    path("<int:pk>/<side:side>/give/", match.give, name="match_give"),
    path("<int:pk>/<side:side>/columns/", match.columns, name="match_columns"),
    path("<int:pk>/<side:side>/bad-rows/", match.bad_rows, name="match_bad_rows"),
    path("<int:pk>/<side:side>/approve/", match.approve, name="match_approve"),
]

discovery_urls = [
    path("", discovery.leads, name="discovery_leads"),
    path("<int:pk>/", discovery.lead, name="discovery_lead"),
    path("<int:pk>/move/", discovery.move, name="discovery_move"),
    path("<int:pk>/take/", discovery.take, name="discovery_take"),
    path("contacts/", discovery.contacts, name="discovery_contacts"),
    path("contacts/export/", discovery.export_contacts, name="discovery_export_contacts"),
    path("<int:pk>/group/", discovery.group, name="discovery_group"),
    path("visits/", discovery.coverage, name="discovery_coverage"),
    path("visits/new/", discovery.visit, name="discovery_visit"),
]

development_urls = [
    path("", development.list_, name="development_list"),
    path("<int:pk>/", development.detail, name="development_detail"),
    path("new/<int:person>/", development.open_, name="development_open"),
    path("<int:pk>/record/", development.record, name="development_record"),
    path("<int:pk>/steps/<int:step>/take-back/", development.take_back, name="development_take_back"),
    path("<int:pk>/move/", development.move, name="development_move"),
]

checkin_urls = [
    path("", checkin_point.points, name="checkin_points"),
    path("new/", checkin_point.new, name="checkin_new"),
    path("given/", checkin_point.given, name="checkin_given"),
    path("given/<int:pk>/erase/", checkin_point.erase, name="checkin_erase"),
    path("consent/", checkin_point.consent, name="checkin_consent"),
    path("<int:pk>/", checkin_point.point, name="checkin_point"),
    path("<int:pk>/edit/", checkin_point.edit, name="checkin_edit"),
    path("<int:pk>/close/", checkin_point.close, name="checkin_close"),
    path("<int:pk>/reopen/", checkin_point.reopen, name="checkin_reopen"),
    path("<int:pk>/rotate/", checkin_point.rotate, name="checkin_rotate"),
    path("<int:pk>/code.svg", checkin_point.code, name="checkin_code"),
    path("<int:pk>/poster/<slug:size>/", checkin_point.poster, name="checkin_poster"),
    path("<int:pk>/record/", checkin_point.record, name="checkin_record"),
]

# Short: it stands in a QR code and below it, to be typed by hand.
checkin_public_urls = [
    path("receipt/", checkin.receipt, name="checkin_receipt"),
    path("receipt/correct/", checkin.correct, name="checkin_correct"),
    path("receipt/withdraw/", checkin.withdraw, name="checkin_withdraw"),
    path("screen/<str:key>/", checkin.screen, name="checkin_screen"),
    path("screen/<str:key>/code.svg", checkin.screen_code, name="checkin_screen_code"),
    path("<str:code>/", checkin.here, name="checkin_here"),
]

blind_urls = [
    path("", blind.list_, name="blind_list"),
    path("explained/", blind.explained, name="blind_explained"),
    path("program/", blind.program, {"module": "cli"}, name="blind_program"),
    path("program/psi/", blind.program, {"module": "psi"}, name="blind_psi_program"),
    path("new/", blind.create, name="blind_create"),
    path("<int:pk>/", blind.detail, name="blind_detail"),
    path("<int:pk>/algorithm/", blind.algorithm, name="blind_algorithm"),
    path("<int:pk>/pairs/<int:pair>/", blind.decide, name="blind_decide"),
    path("<int:pk>/close/", blind.close, name="blind_close"),
    path("<int:pk>/compared/", blind.compared, name="blind_compared"),
    path("<int:pk>/<side:side>/ticket/", blind.ticket, name="blind_ticket"),
    path("<int:pk>/<side:side>/tokens/", blind.tokens, name="blind_tokens"),
    path("<int:pk>/<side:side>/approve/", blind.approve, name="blind_approve"),
    path("<int:pk>/<side:side>/handles/", blind.handles, name="blind_handles"),
    path("<int:pk>/<side:side>/enter/", blind.enter, name="blind_enter"),
]

urlpatterns = [
    path("account/", include([*account_urls, *factor_urls, *audit_urls])),
    path("people/", include(register_urls)),
    path("vehicles/", include(vehicle_urls)),
    path("leads/", include(discovery_urls)),
    path("developments/", include(development_urls)),
    path("check-in/", include(checkin_urls)),
    path("w/", include(checkin_public_urls)),
    path("imports/", include(batch_urls)),
    path("matches/", include(match_urls)),
    path("blind/", include(blind_urls)),
    path("enterprises/", include(enterprise_urls)),
]
