"""The declared answer for every address: who may come in, by which methods, and whose rows open.

One row per URL name. A URL without a row fails the build. `access` is "public", "signed_in" or the set of
permissions any of which opens the page; it is declared here a second time on purpose, so that changing a decorator
alone is noticed. `rows` names the object in the address: `world[<own|other>][<key>]` of `tests/test_access.py` gives
its value. `sees` says who finds that object in their scope, as a permission over its organisation, or "own" for
things that belong to the account; None for rows everybody sees. `asks_proof` says that a POST is let through only
within 5 minutes of a proof of who is there.
"""

from dataclasses import dataclass, field

from members.permissions import Permission as P


@dataclass(frozen=True)
class Row:
    """What an address answers."""

    access: object
    methods: str = "GET"
    rows: dict = field(default_factory=dict)
    sees: object = None
    data: dict = field(default_factory=dict)
    asks_proof: bool = False


ADDING = {P.LOG_ACTIVITY, P.HANDLE_MATTER, P.MANAGE_PAIRINGS, P.MANAGE_CAMPAIGNS, P.ENTER_FIGURES}
ROWS: dict[str, Row] = {
    "set_language": Row("public", "POST", data={"language": "en"}),
    # members: account
    "members:account_profile": Row("signed_in"),
    "members:account_first_password": Row("public", "GET POST", {"uid": "slug", "token": "slug"}),
    "members:account_login": Row("public", "GET POST"),
    "members:account_logout": Row("signed_in", "POST"),
    "members:account_password": Row("signed_in", "GET POST"),
    "members:account_notices": Row("signed_in"),
    "members:account_open_notice": Row("signed_in", "POST", {"pk": "notice"}, "own"),
    # members: second factor
    "members:factor_sign_in": Row("public", "GET POST"),
    "members:factor_page": Row("signed_in"),
    "members:factor_begin": Row("signed_in", "POST", asks_proof=True),
    "members:factor_confirm": Row("signed_in", "GET POST"),
    "members:factor_codes": Row("signed_in", "POST", asks_proof=True),
    "members:factor_turn_off": Row("signed_in", "POST", asks_proof=True),
    # members: register
    "members:register_people": Row({P.READ_PEOPLE}),
    "members:register_find": Row({P.READ_PEOPLE}, "POST"),
    "members:register_create": Row({P.EDIT_PEOPLE}, "GET POST"),
    "members:register_person": Row({P.READ_PEOPLE}, "GET", {"pk": "person"}, P.READ_PEOPLE),
    "members:register_edit": Row({P.EDIT_PEOPLE}, "GET POST", {"pk": "person"}, P.EDIT_PEOPLE),
    "members:register_reveal": Row({P.EDIT_PEOPLE}, "POST", {"pk": "person"}, P.EDIT_PEOPLE, asks_proof=True),
    "members:register_add_post": Row({P.EDIT_PEOPLE}, "POST", {"pk": "person"}, P.EDIT_PEOPLE),
    "members:register_end_post": Row({P.EDIT_PEOPLE}, "POST", {"pk": "person", "post": "post"}, P.EDIT_PEOPLE),
    "members:register_add_vehicle": Row({P.EDIT_PEOPLE}, "POST", {"pk": "person"}, P.EDIT_PEOPLE),
    "members:vehicle_list": Row({P.READ_PEOPLE}),
    "members:vehicle_edit": Row({P.EDIT_PEOPLE}, "GET POST", {"pk": "vehicle"}, P.EDIT_PEOPLE),
    "members:enterprise_list": Row({P.READ_PEOPLE}),
    "members:enterprise_create": Row({P.EDIT_PEOPLE}, "GET POST"),
    "members:enterprise_edit": Row({P.EDIT_PEOPLE}, "GET POST", {"pk": "enterprise"}, P.EDIT_PEOPLE),
    # members: imports
    "members:batch_list": Row({P.EDIT_PEOPLE}),
    "members:batch_upload": Row({P.EDIT_PEOPLE}, "GET POST"),
    "members:batch_detail": Row({P.EDIT_PEOPLE}, "GET", {"pk": "batch"}, P.EDIT_PEOPLE),
    "members:batch_columns": Row({P.EDIT_PEOPLE}, "POST", {"pk": "batch"}, P.EDIT_PEOPLE),
    "members:batch_start": Row({P.EDIT_PEOPLE}, "POST", {"pk": "batch"}, P.EDIT_PEOPLE),
    "members:batch_bad_rows": Row({P.EDIT_PEOPLE}, "POST", {"pk": "batch"}, P.EDIT_PEOPLE, asks_proof=True),
    "members:batch_close": Row({P.EDIT_PEOPLE}, "POST", {"pk": "batch"}, P.EDIT_PEOPLE),
    "members:batch_undo": Row({P.EDIT_PEOPLE}, "POST", {"pk": "batch"}, P.EDIT_PEOPLE),
    # members: data match
    "members:match_list": Row({P.EDIT_PEOPLE}),
    "members:match_create": Row({P.EDIT_PEOPLE}, "GET POST"),
    "members:match_detail": Row({P.EDIT_PEOPLE}, "GET", {"pk": "match"}, P.EDIT_PEOPLE),
    "members:match_progress": Row({P.EDIT_PEOPLE}, "GET", {"pk": "match"}, P.EDIT_PEOPLE),
    "members:match_register": Row({P.EDIT_PEOPLE}, "POST", {"pk": "match"}, P.EDIT_PEOPLE),
    "members:match_swap": Row({P.EDIT_PEOPLE}, "POST", {"pk": "match"}, P.EDIT_PEOPLE),
    "members:match_start": Row({P.EDIT_PEOPLE}, "POST", {"pk": "match"}, P.EDIT_PEOPLE),
    "members:match_stop": Row({P.EDIT_PEOPLE}, "POST", {"pk": "match"}, P.EDIT_PEOPLE),
    "members:match_close": Row({P.EDIT_PEOPLE}, "POST", {"pk": "match"}, P.EDIT_PEOPLE),
    "members:match_review": Row({P.EDIT_PEOPLE}, "GET", {"pk": "open_match"}, P.EDIT_PEOPLE),
    "members:match_pairs": Row({P.EDIT_PEOPLE}, "GET", {"pk": "open_match"}, P.EDIT_PEOPLE),
    "members:match_decide": Row({P.EDIT_PEOPLE}, "POST", {"pk": "open_match", "number": "pair"}, P.EDIT_PEOPLE),
    "members:match_undo": Row({P.EDIT_PEOPLE}, "POST", {"pk": "open_match", "number": "pair"}, P.EDIT_PEOPLE),
    "members:match_give": Row({P.EDIT_PEOPLE}, "POST", {"pk": "match", "side": "side"}, P.EDIT_PEOPLE),
    "members:match_columns": Row({P.EDIT_PEOPLE}, "POST", {"pk": "match", "side": "side"}, P.EDIT_PEOPLE),
    "members:match_bad_rows": Row(
        {P.EDIT_PEOPLE}, "POST", {"pk": "match", "side": "side"}, P.EDIT_PEOPLE, asks_proof=True
    ),
    "members:match_approve": Row(
        {P.EDIT_PEOPLE}, "POST", {"pk": "match", "side": "side"}, P.EDIT_PEOPLE, asks_proof=True
    ),
    # members: blind match
    "members:blind_list": Row({P.EDIT_PEOPLE}),
    "members:blind_explained": Row("signed_in"),
    "members:blind_program": Row("signed_in"),
    "members:blind_psi_program": Row("signed_in"),
    "members:blind_compared": Row({P.EDIT_PEOPLE}, "POST", {"pk": "blind"}, P.EDIT_PEOPLE),
    "members:blind_create": Row({P.EDIT_PEOPLE}, "GET POST"),
    "members:blind_detail": Row({P.EDIT_PEOPLE}, "GET", {"pk": "blind"}, P.EDIT_PEOPLE),
    "members:blind_ticket": Row({P.EDIT_PEOPLE}, "GET", {"pk": "blind", "side": "side"}, P.EDIT_PEOPLE),
    "members:blind_tokens": Row({P.EDIT_PEOPLE}, "POST", {"pk": "blind", "side": "side"}, P.EDIT_PEOPLE),
    "members:blind_algorithm": Row({P.EDIT_PEOPLE}, "POST", {"pk": "blind"}, P.EDIT_PEOPLE),
    "members:blind_approve": Row(
        {P.EDIT_PEOPLE}, "POST", {"pk": "blind", "side": "side"}, P.EDIT_PEOPLE, asks_proof=True
    ),
    "members:blind_handles": Row(
        {P.EDIT_PEOPLE}, "POST", {"pk": "blind", "side": "side"}, P.EDIT_PEOPLE, asks_proof=True
    ),
    "members:blind_decide": Row({P.EDIT_PEOPLE}, "POST", {"pk": "blind", "pair": "blind_pair"}, P.EDIT_PEOPLE),
    "members:blind_enter": Row({P.EDIT_PEOPLE}, "POST", {"pk": "blind", "side": "side"}, P.EDIT_PEOPLE),
    "members:blind_close": Row({P.EDIT_PEOPLE}, "POST", {"pk": "blind"}, P.EDIT_PEOPLE),
    # members: leads and visits
    "members:discovery_leads": Row({P.READ_PEOPLE}),
    "members:discovery_lead": Row({P.READ_PEOPLE}, "GET", {"pk": "lead"}, P.READ_PEOPLE),
    "members:discovery_move": Row({P.EDIT_PEOPLE}, "POST", {"pk": "lead"}, P.EDIT_PEOPLE),
    "members:discovery_take": Row({P.EDIT_PEOPLE}, "POST", {"pk": "lead"}, P.EDIT_PEOPLE),
    "members:discovery_coverage": Row({P.READ_PEOPLE}),
    "members:discovery_visit": Row({P.EDIT_PEOPLE}, "GET POST"),
    # members: developments
    "members:development_list": Row({P.READ_PEOPLE}),
    "members:development_detail": Row({P.READ_PEOPLE}, "GET", {"pk": "development"}, P.READ_PEOPLE),
    "members:development_open": Row({P.EDIT_PEOPLE}, "GET POST", {"person": "person"}, P.EDIT_PEOPLE),
    "members:development_record": Row({P.EDIT_PEOPLE}, "POST", {"pk": "development"}, P.EDIT_PEOPLE),
    "members:development_take_back": Row(
        {P.EDIT_PEOPLE}, "POST", {"pk": "development", "step": "development_step"}, P.EDIT_PEOPLE
    ),
    "members:development_move": Row({P.EDIT_PEOPLE}, "POST", {"pk": "development"}, P.EDIT_PEOPLE),
    "members:discovery_contacts": Row({P.READ_PEOPLE}),
    "members:discovery_export_contacts": Row({P.EXPORT_PEOPLE}, "POST", asks_proof=True),
    "members:discovery_group": Row({P.EDIT_PEOPLE}, "POST", {"pk": "lead"}, P.EDIT_PEOPLE),
    # members: check-in
    "members:checkin_points": Row({P.READ_PEOPLE}),
    "members:checkin_new": Row({P.EDIT_PEOPLE}, "GET POST"),
    "members:checkin_given": Row({P.READ_PEOPLE}),
    "members:checkin_erase": Row({P.EDIT_PEOPLE}, "POST", {"pk": "check_in"}, P.EDIT_PEOPLE),
    "members:checkin_consent": Row({P.MANAGE_VOCABULARIES}, "GET POST"),
    "members:checkin_point": Row({P.READ_PEOPLE}, "GET", {"pk": "point"}, P.READ_PEOPLE),
    "members:checkin_edit": Row({P.EDIT_PEOPLE}, "GET POST", {"pk": "point"}, P.EDIT_PEOPLE),
    "members:checkin_close": Row({P.EDIT_PEOPLE}, "POST", {"pk": "point"}, P.EDIT_PEOPLE),
    "members:checkin_reopen": Row({P.EDIT_PEOPLE}, "POST", {"pk": "point"}, P.EDIT_PEOPLE),
    "members:checkin_rotate": Row({P.EDIT_PEOPLE}, "POST", {"pk": "point"}, P.EDIT_PEOPLE),
    "members:checkin_code": Row({P.READ_PEOPLE}, "GET", {"pk": "point"}, P.READ_PEOPLE),
    "members:checkin_poster": Row({P.READ_PEOPLE}, "GET", {"pk": "point", "size": "poster"}, P.READ_PEOPLE),
    "members:checkin_record": Row({P.EDIT_PEOPLE}, "GET POST", {"pk": "point"}, P.EDIT_PEOPLE),
    "members:checkin_here": Row("public", "GET POST", {"code": "poster_code"}),
    "members:checkin_receipt": Row("public", "GET POST"),
    "members:checkin_correct": Row("public", "POST"),
    "members:checkin_withdraw": Row("public", "POST"),
    "members:checkin_screen": Row("public", "GET", {"key": "screen_key"}),
    "members:checkin_screen_code": Row("public", "GET", {"key": "screen_key"}),
    # members: audit
    "members:audit_log": Row({P.READ_AUDIT}),
    # services: matters
    "services:report_page": Row({P.READ_LEDGER}),
    "services:report_dashboard": Row({P.READ_LEDGER}),
    "services:report_download": Row({P.EXPORT_LEDGER}, "POST"),
    "services:report_send": Row({P.SEND_REPORT}, "POST"),
    "services:template_index": Row({P.SEND_REPORT}, "GET POST"),
    "services:template_start": Row({P.SEND_REPORT}, "POST"),
    "services:template_preview": Row({P.SEND_REPORT}, "POST", {"pk": "report_template"}, P.SEND_REPORT),
    "services:template_use": Row({P.SEND_REPORT}, "POST", {"pk": "report_template"}, P.SEND_REPORT),
    "services:template_stop": Row({P.SEND_REPORT}, "POST", {"pk": "report_template"}, P.SEND_REPORT),
    "services:template_file": Row({P.SEND_REPORT}, "GET", {"pk": "report_template"}, P.SEND_REPORT),
    "services:today_page": Row({P.READ_LEDGER}, "GET POST"),
    "services:today_calendar": Row("public", "GET", {"token": "calendar"}),
    "services:assessment_list": Row({P.READ_LEDGER}),
    "services:assessment_adopt": Row({P.ASSESS}, "GET POST"),
    "services:assessment_sheet": Row({P.READ_LEDGER}, "GET", {"pk": "sheet"}, P.READ_LEDGER),
    "services:assessment_end": Row({P.ASSESS}, "POST", {"pk": "sheet"}, P.READ_LEDGER),
    "services:assessment_add": Row({P.ASSESS}, "GET POST", {"pk": "sheet"}, P.READ_LEDGER),
    "services:assessment_change": Row({P.ASSESS}, "GET POST", {"pk": "sheet", "criterion": "criterion"}, P.READ_LEDGER),
    "services:assessment_remove": Row({P.ASSESS}, "POST", {"pk": "sheet", "criterion": "criterion"}, P.READ_LEDGER),
    "services:assessment_board": Row({P.READ_LEDGER}, "GET", {"pk": "sheet"}, P.READ_LEDGER),
    "services:assessment_open": Row({P.ASSESS}, "POST", {"pk": "sheet"}, P.READ_LEDGER),
    "services:assessment_export": Row({P.EXPORT_LEDGER}, "POST", {"pk": "sheet"}, P.READ_LEDGER, asks_proof=True),
    "services:assessment_detail": Row({P.READ_LEDGER}, "GET POST", {"pk": "assessment"}, P.READ_LEDGER),
    "services:assessment_step": Row({P.ASSESS}, "POST", {"pk": "assessment", "kind": "assessment_kind"}, P.READ_LEDGER),
    "services:training_list": Row({P.READ_LEDGER}),
    "services:training_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:training_certify": Row({P.LOG_ACTIVITY}, "GET POST", {"pk": "training"}, P.READ_LEDGER),
    "services:orglife_board": Row({P.READ_LEDGER}),
    "services:orglife_branch": Row({P.READ_LEDGER}, "GET", {"pk": "branch"}, P.READ_LEDGER),
    "services:orglife_excuse": Row({P.MANAGE_PAIRINGS}, "POST", {"pk": "branch"}, P.READ_LEDGER),
    "services:orglife_lift": Row(
        {P.MANAGE_PAIRINGS}, "POST", {"pk": "branch", "excuse": "branch_excuse"}, P.READ_LEDGER
    ),
    "services:pairing_list": Row({P.READ_LEDGER}),
    "services:pairing_create": Row({P.MANAGE_PAIRINGS}, "GET POST"),
    "services:pairing_assign": Row({P.MANAGE_PAIRINGS}, "GET POST"),
    "services:pairing_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:pairing_hand_over": Row({P.MANAGE_PAIRINGS}, "GET POST", {"person": "person"}, P.READ_PEOPLE),
    "services:pairing_prolong": Row({P.MANAGE_PAIRINGS}, "POST", {"pk": "pairing"}, P.READ_LEDGER),
    "services:coverage_list": Row({P.READ_LEDGER}),
    "services:coverage_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:pairing_detail": Row({P.READ_LEDGER}, "GET", {"pk": "pairing"}, P.READ_LEDGER),
    "services:pairing_end": Row({P.MANAGE_PAIRINGS}, "POST", {"pk": "pairing"}, P.READ_LEDGER),
    "services:pairing_excuse": Row({P.MANAGE_PAIRINGS}, "POST", {"pk": "pairing"}, P.READ_LEDGER),
    "services:pairing_lift": Row({P.MANAGE_PAIRINGS}, "POST", {"pk": "pairing", "excuse": "excuse"}, P.READ_LEDGER),
    "services:matter_list": Row({P.READ_LEDGER}),
    "services:matter_receive": Row({P.HANDLE_MATTER}, "GET POST"),
    "services:matter_detail": Row({P.READ_LEDGER}, "GET", {"pk": "matter"}, P.READ_LEDGER),
    "services:matter_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:matter_edit": Row({P.HANDLE_MATTER}, "GET POST", {"pk": "matter"}, P.READ_LEDGER),
    "services:matter_gather": Row({P.DECIDE_MATTER}, "GET POST", {"pk": "problem"}, P.READ_LEDGER),
    "services:matter_step": Row(
        {P.HANDLE_MATTER, P.DECIDE_MATTER}, "POST", {"pk": "matter", "kind": "matter_step"}, P.READ_LEDGER
    ),
    # services: imports into the ledger
    "services:batch_list": Row({P.IMPORT_LEDGER}),
    "services:batch_upload": Row({P.IMPORT_LEDGER}, "GET POST"),
    "services:batch_template": Row({P.IMPORT_LEDGER}, "GET", {"subject": "ledger_subject"}),
    "services:batch_detail": Row({P.IMPORT_LEDGER}, "GET", {"pk": "ledger_import"}, P.IMPORT_LEDGER),
    "services:batch_columns": Row({P.IMPORT_LEDGER}, "POST", {"pk": "ledger_import"}, P.IMPORT_LEDGER),
    "services:batch_start": Row({P.IMPORT_LEDGER}, "POST", {"pk": "ledger_import"}, P.IMPORT_LEDGER),
    "services:batch_bad_rows": Row(
        {P.IMPORT_LEDGER}, "POST", {"pk": "ledger_import"}, P.IMPORT_LEDGER, asks_proof=True
    ),
    "services:batch_close": Row({P.IMPORT_LEDGER}, "POST", {"pk": "ledger_import"}, P.IMPORT_LEDGER),
    "services:batch_undo": Row({P.IMPORT_LEDGER}, "POST", {"pk": "ledger_import"}, P.IMPORT_LEDGER),
    # services: activities and their photos
    "services:activity_list": Row({P.READ_LEDGER}),
    "services:activity_log": Row({P.LOG_ACTIVITY}, "GET POST"),
    "services:activity_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:activity_detail": Row({P.READ_LEDGER}, "GET", {"pk": "activity"}, P.READ_LEDGER),
    "services:activity_undo": Row({P.LOG_ACTIVITY}, "POST", {"pk": "activity"}, P.READ_LEDGER),
    "services:activity_void": Row({P.LOG_ACTIVITY}, "POST", {"pk": "activity"}, P.READ_LEDGER),
    # services: entries made before
    "services:entry_edit": Row({P.LOG_ACTIVITY}, "GET POST", {"pk": "activity"}, P.READ_LEDGER),
    "services:entry_people": Row({P.LOG_ACTIVITY}, "GET POST", {"pk": "activity"}, P.READ_LEDGER),
    "services:fold_list": Row({P.LOG_ACTIVITY, P.MANAGE_VOCABULARIES}),
    "services:fold_compare": Row(
        {P.LOG_ACTIVITY, P.MANAGE_VOCABULARIES}, "GET POST", {"pk": "activity", "other": "double"}, P.READ_LEDGER
    ),
    "services:fold_undo": Row({P.LOG_ACTIVITY, P.MANAGE_VOCABULARIES}, "POST", {"pk": "activity"}, P.READ_LEDGER),
    "services:attachment_photo": Row({P.READ_LEDGER}, "GET", {"pk": "ledger_photo", "size": "size"}, P.READ_LEDGER),
    "services:attachment_of": Row(ADDING, "GET POST", {"owner": "owner_kind", "pk": "matter"}, P.READ_LEDGER),
    "services:attachment_file": Row({P.READ_LEDGER}, "GET", {"pk": "paper"}, P.READ_LEDGER),
    "services:attachment_remove": Row(ADDING, "POST", {"pk": "paper"}, P.READ_LEDGER),
    # services: policy papers and agreements
    "services:paper_list": Row({P.READ_LEDGER}),
    "services:paper_create": Row({P.LOG_ACTIVITY}, "GET POST"),
    "services:paper_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    # services: campaigns and targets
    "services:campaign_list": Row({P.READ_LEDGER}),
    "services:campaign_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:campaign_create": Row({P.MANAGE_CAMPAIGNS}, "GET POST"),
    "services:campaign_detail": Row({P.READ_LEDGER}, "GET", {"pk": "campaign"}, P.READ_LEDGER),
    "services:campaign_edit": Row({P.MANAGE_CAMPAIGNS}, "GET POST", {"pk": "campaign"}, P.READ_LEDGER),
    "services:campaign_close": Row({P.MANAGE_CAMPAIGNS}, "POST", {"pk": "campaign"}, P.READ_LEDGER),
    "services:campaign_reopen": Row({P.MANAGE_CAMPAIGNS}, "POST", {"pk": "campaign"}, P.READ_LEDGER),
    "services:campaign_join": Row({P.MANAGE_CAMPAIGNS}, "POST", {"pk": "campaign"}, P.READ_LEDGER),
    "services:campaign_leave": Row({P.MANAGE_CAMPAIGNS}, "POST", {"pk": "campaign"}, P.READ_LEDGER),
    "services:task_list": Row({P.READ_LEDGER}, "GET", {"pk": "campaign"}, P.READ_LEDGER),
    "services:task_export": Row({P.EXPORT_LEDGER}, "POST", {"pk": "campaign"}, P.READ_LEDGER, asks_proof=True),
    "services:task_paste": Row({P.MANAGE_CAMPAIGNS}, "GET POST", {"pk": "campaign"}, P.READ_LEDGER),
    "services:task_note": Row({P.HANDLE_MATTER}, "GET POST", {"pk": "campaign"}, P.READ_LEDGER),
    "services:target_list": Row({P.READ_LEDGER}),
    "services:target_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:target_create": Row({P.MANAGE_CAMPAIGNS}, "GET POST"),
    "services:target_edit": Row({P.MANAGE_CAMPAIGNS}, "GET POST", {"pk": "target"}, P.READ_LEDGER),
    "services:target_withdraw": Row({P.MANAGE_CAMPAIGNS}, "POST", {"pk": "target"}, P.READ_LEDGER),
    # services: dossiers
    "services:dossier_find": Row({P.READ_LEDGER}, "GET POST"),
    "services:dossier_person": Row({P.READ_LEDGER}, "GET", {"pk": "person"}, P.READ_PEOPLE),
    "services:dossier_person_rows": Row(
        {P.READ_LEDGER}, "GET", {"pk": "person", "name": "dossier_section"}, P.READ_PEOPLE
    ),
    "services:dossier_person_export": Row(
        {P.EXPORT_LEDGER}, "POST", {"pk": "person", "name": "dossier_section"}, P.READ_PEOPLE, asks_proof=True
    ),
    "services:dossier_organisation": Row({P.READ_LEDGER}, "GET", {"pk": "enterprise"}, P.READ_LEDGER),
    "services:dossier_organisation_rows": Row(
        {P.READ_LEDGER}, "GET", {"pk": "enterprise", "name": "dossier_section"}, P.READ_LEDGER
    ),
    "services:dossier_organisation_export": Row(
        {P.EXPORT_LEDGER}, "POST", {"pk": "enterprise", "name": "dossier_section"}, P.READ_LEDGER, asks_proof=True
    ),
    # services: figures of others
    "services:figure_list": Row({P.READ_LEDGER}),
    "services:figure_create": Row({P.ENTER_FIGURES}, "GET POST"),
    "services:figure_alerts": Row({P.ENTER_FIGURES}, "GET POST"),
    "services:figure_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:figure_detail": Row({P.READ_LEDGER}, "GET", {"pk": "figure"}, P.READ_LEDGER),
    "services:figure_correct": Row({P.ENTER_FIGURES}, "GET POST", {"pk": "figure"}, P.READ_LEDGER),
    "services:figure_void": Row({P.ENTER_FIGURES}, "POST", {"pk": "figure"}, P.READ_LEDGER),
    # services: grants
    "services:grant_list": Row({P.READ_LEDGER}),
    "services:grant_create": Row({P.LOG_ACTIVITY}, "GET POST"),
    "services:award_list": Row({P.LOG_ACTIVITY}, "GET POST"),
    "services:grant_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:grant_detail": Row({P.READ_LEDGER}, "GET", {"pk": "grant"}, P.READ_LEDGER),
    "services:grant_undo": Row({P.LOG_ACTIVITY}, "POST", {"pk": "grant"}, P.READ_LEDGER),
    "services:grant_void": Row({P.LOG_ACTIVITY}, "POST", {"pk": "grant"}, P.READ_LEDGER),
    "services:grant_end": Row({P.LOG_ACTIVITY}, "POST", {"pk": "grant"}, P.READ_LEDGER),
    # services: venues, and what everybody sees of them
    "services:venue_list": Row({P.READ_LEDGER}),
    "services:venue_create": Row({P.LOG_ACTIVITY}, "GET POST"),
    "services:venue_export": Row({P.EXPORT_LEDGER}, "POST", asks_proof=True),
    "services:venue_detail": Row({P.READ_LEDGER}, "GET", {"pk": "venue"}, P.READ_LEDGER),
    "services:venue_edit": Row({P.LOG_ACTIVITY}, "GET POST", {"pk": "venue"}, P.LOG_ACTIVITY),
    "services:venue_use": Row({P.LOG_ACTIVITY}, "POST", {"pk": "venue"}, P.LOG_ACTIVITY),
    "services:venue_close": Row({P.LOG_ACTIVITY}, "POST", {"pk": "venue"}, P.LOG_ACTIVITY),
    "services:venue_reopen": Row({P.LOG_ACTIVITY}, "POST", {"pk": "venue"}, P.LOG_ACTIVITY),
    "services:venue_sign": Row({P.READ_LEDGER}, "GET", {"pk": "venue"}, P.READ_LEDGER),
    "services:station_list": Row("public"),
    "services:station_detail": Row("public", "GET", {"pk": "station"}),
    "services:station_sitemap": Row("public"),
    # services: figures
    "services:indicator_index": Row({P.READ_LEDGER}),
    "services:indicator_rows": Row({P.READ_LEDGER}, "GET", {"key": "indicator"}),
    "services:indicator_export": Row({P.EXPORT_LEDGER}, "POST", {"key": "indicator"}, asks_proof=True),
    # cases: home, review (with revision)
    "cases:home": Row("signed_in"),
    "cases:review_index": Row({P.READ_DESK}),
    "cases:review_queue": Row({P.READ_DESK}, "GET", {"name": "queue"}),
    "cases:review_ours": Row({P.SUBMIT_CASE}, "GET", {"name": "ours"}),
    "cases:review_detail": Row("signed_in", "GET", {"pk": "case"}, P.READ_CASES),
    "cases:review_decide": Row(
        {P.EDIT_CASE, P.SUBMIT_CASE, P.SIGN_FIRST, P.SIGN_SECOND, P.SIGN_FINAL, P.PUBLISH_CASE},
        "POST",
        {"pk": "case"},
        P.READ_CASES,
    ),
    "cases:review_take": Row({P.EDIT_CASE}, "POST", {"pk": "case"}, P.READ_CASES),
    "cases:review_release": Row({P.EDIT_CASE}, "POST", {"pk": "case"}, P.READ_CASES),
    "cases:revision_edit": Row({P.EDIT_CASE, P.SUBMIT_CASE}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:revision_replace": Row({P.SUBMIT_CASE}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:revision_compare": Row("signed_in", "GET", {"pk": "case"}, P.READ_CASES),
    # cases: annotation
    "cases:annotation_write": Row({P.EDIT_CASE}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:annotation_step": Row({P.EDIT_CASE}, "POST", {"pk": "note"}, P.READ_CASES, {"step": "resolve"}),
    # cases: returns
    "cases:returns_collect": Row({P.EDIT_CASE}, "POST", {"pk": "case"}, P.READ_CASES),
    "cases:returns_drop": Row({P.EDIT_CASE}, "POST", {"pk": "item"}, P.READ_CASES),
    "cases:returns_ask_time": Row({P.SUBMIT_CASE}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:returns_settle_time": Row({P.EDIT_CASE}, "POST", {"pk": "asked"}, P.READ_CASES),
    "cases:returns_judge": Row({P.EDIT_CASE}, "POST", {"pk": "item"}, P.READ_CASES),
    # cases: reviewers
    "cases:assignment_spread": Row({P.ASSIGN_REVIEWS}, "GET POST", {"name": "queue"}),
    "cases:assignment_case": Row({P.READ_DESK}, "GET", {"pk": "case"}, P.READ_DESK),
    "cases:assignment_give": Row({P.ASSIGN_REVIEWS}, "POST", {"pk": "case"}, P.READ_DESK),
    "cases:assignment_lift": Row({P.ASSIGN_REVIEWS}, "POST", {"pk": "case"}, P.READ_DESK),
    "cases:assignment_recuse": Row({P.SCORE_CASES}, "POST", {"pk": "case"}, P.READ_DESK),
    "cases:assignment_take_back": Row({P.ASSIGN_REVIEWS}, "POST", {"pk": "review"}, P.ASSIGN_REVIEWS),
    "cases:scoring_mine": Row({P.SCORE_CASES}),
    "cases:scoring_interests": Row({P.SCORE_CASES}, "GET POST"),
    "cases:scoring_sheet": Row({P.SCORE_CASES}, "GET POST", {"pk": "review"}, "own"),
    "cases:scoring_peek": Row({P.SCORE_CASES}, "POST", {"pk": "review"}, "own"),
    "cases:scoring_photo": Row({P.SCORE_CASES}, "GET", {"pk": "review", "photo": "photo", "size": "size"}, "own"),
    "cases:scores_list": Row({P.READ_DESK}, "GET", {"pk": "public_call"}),
    "cases:scores_export": Row({P.READ_DESK}, "POST", {"pk": "public_call"}, asks_proof=True),
    "cases:scores_case": Row({P.READ_DESK}, "GET", {"pk": "case"}, P.READ_DESK),
    "cases:scoring_decline": Row({P.SCORE_CASES}, "GET POST", {"pk": "review"}, "own"),
    # cases: evidence
    "cases:evidence_about": Row("public"),
    "cases:evidence_page": Row({P.EDIT_CASE, P.READ_LEDGER}, "GET", {"pk": "case"}, P.READ_CASES),
    "cases:evidence_bind": Row({P.EDIT_CASE, P.READ_LEDGER}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:question_ask": Row({P.EDIT_CASE}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:question_answer": Row({P.SUBMIT_CASE, P.EDIT_CASE}, "GET POST", {"pk": "figure_question"}, P.READ_CASES),
    "cases:question_holder": Row("public", "POST", {"token": "case_token", "pk": "figure_question"}),
    "cases:evidence_set_aside": Row({P.EDIT_CASE, P.READ_LEDGER}, "POST", {"pk": "case"}, P.READ_CASES),
    "cases:similarity_page": Row({P.READ_DESK}, "GET", {"pk": "case"}, P.READ_CASES),
    "cases:similarity_dismiss": Row({P.EDIT_CASE}, "POST", {"pk": "case", "other": "published"}, P.READ_CASES),
    "cases:similarity_restore": Row({P.EDIT_CASE}, "POST", {"pk": "case", "other": "published"}, P.READ_CASES),
    # cases: calls
    "cases:call_index": Row("public"),
    "cases:call_page": Row("public", "GET", {"pk": "public_call"}),
    "cases:call_notice": Row("public", "GET", {"pk": "public_call"}),
    "cases:call_choose": Row({P.EDIT_CASE, P.SUBMIT_CASE}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:call_state": Row({P.SUBMIT_CASE}, "POST", {"pk": "case"}, P.READ_CASES),
    "cases:call_list": Row({P.READ_CASES, P.MANAGE_CALLS}),
    "cases:call_create": Row({P.MANAGE_CALLS}, "GET POST"),
    "cases:call_desk": Row({P.MANAGE_CALLS}, "GET", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:call_edit": Row({P.MANAGE_CALLS}, "GET POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:call_tracks": Row({P.MANAGE_CALLS}, "GET POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:call_parts": Row({P.MANAGE_CALLS}, "GET POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:call_phases": Row({P.MANAGE_CALLS}, "GET POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:call_rubric": Row({P.MANAGE_CALLS}, "GET POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:call_quotas": Row({P.MANAGE_CALLS}, "GET POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:call_announce": Row({P.MANAGE_CALLS}, "POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:call_cancel": Row({P.MANAGE_CALLS}, "POST", {"pk": "call"}, P.MANAGE_CALLS),
    # cases: recommending
    "cases:recommend_list": Row({P.RECOMMEND_CASE}),
    "cases:recommend_detail": Row({P.RECOMMEND_CASE, P.MANAGE_CALLS}, "GET", {"pk": "quota"}, P.READ_CASES),
    "cases:recommend_case": Row({P.RECOMMEND_CASE}, "GET POST", {"pk": "quota", "case_pk": "called"}, P.RECOMMEND_CASE),
    "cases:recommend_up": Row(
        {P.RECOMMEND_CASE}, "POST", {"pk": "quota", "recommendation": "listed"}, P.RECOMMEND_CASE
    ),
    "cases:recommend_down": Row(
        {P.RECOMMEND_CASE}, "POST", {"pk": "quota", "recommendation": "listed"}, P.RECOMMEND_CASE
    ),
    "cases:recommend_off": Row(
        {P.RECOMMEND_CASE}, "POST", {"pk": "quota", "recommendation": "listed"}, P.RECOMMEND_CASE
    ),
    "cases:recommend_send": Row({P.RECOMMEND_CASE}, "POST", {"pk": "quota"}, P.RECOMMEND_CASE),
    "cases:recommend_reopen": Row({P.MANAGE_CALLS}, "POST", {"pk": "quota"}, P.MANAGE_CALLS),
    "cases:recommend_form": Row({P.RECOMMEND_CASE, P.READ_DESK}, "GET", {"pk": "listed"}, P.READ_CASES),
    # cases: public notice
    "cases:notice_object": Row("public", "GET POST", {"pk": "public_call"}),
    "cases:notice_follow": Row("public", "GET", {"key": "objection_key"}),
    "cases:notice_shortlist": Row({P.MANAGE_CALLS}, "GET POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:pick_page": Row({P.MANAGE_CALLS}, "GET POST", {"pk": "call"}, P.MANAGE_CALLS),
    "cases:notice_list": Row({P.HANDLE_OBJECTIONS}),
    "cases:notice_detail": Row({P.HANDLE_OBJECTIONS}, "GET", {"pk": "objection"}, P.HANDLE_OBJECTIONS),
    "cases:notice_note": Row({P.HANDLE_OBJECTIONS}, "POST", {"pk": "objection"}, P.HANDLE_OBJECTIONS),
    "cases:notice_settle": Row({P.HANDLE_OBJECTIONS}, "POST", {"pk": "objection"}, P.HANDLE_OBJECTIONS),
    "cases:notice_reveal": Row(
        {P.HANDLE_OBJECTIONS}, "POST", {"pk": "objection"}, P.HANDLE_OBJECTIONS, asks_proof=True
    ),
    # cases: contact
    "cases:contact_reveal": Row({P.EDIT_CASE}, "POST", {"pk": "case"}, P.READ_CASES, asks_proof=True),
    # cases: export
    "cases:export_queue": Row({P.READ_DESK}, "POST", {"name": "queue"}, asks_proof=True),
    "cases:export_ours": Row({P.SUBMIT_CASE}, "POST", {"name": "ours"}, asks_proof=True),
    "cases:export_word": Row("signed_in", "GET", {"pk": "case"}, P.READ_CASES),
    "cases:export_dossier": Row({P.READ_DESK}, "POST", {"pk": "case"}, P.READ_DESK, asks_proof=True),
    "cases:export_plain": Row({P.READ_DESK}, "GET", {"pk": "case"}, P.READ_CASES),
    "cases:export_wechat": Row({P.READ_DESK}, "GET", {"pk": "case"}, P.READ_CASES),
    "cases:export_wechat_zip": Row({P.READ_DESK}, "POST", {"pk": "case"}, P.READ_CASES),
    "cases:proof_page": Row({P.EDIT_CASE}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:proof_file": Row({P.EDIT_CASE}, "GET", {"pk": "case"}, P.READ_CASES),
    "cases:export_collection": Row({P.READ_DESK}, "GET POST"),
    # cases: publishing
    "cases:publishing_correct": Row({P.PUBLISH_CASE}, "GET POST", {"pk": "published"}, P.READ_CASES),
    "cases:publishing_withdraw": Row({P.PUBLISH_CASE}, "GET POST", {"pk": "published"}, P.READ_CASES),
    "cases:publishing_corrections": Row("public", "GET", {"slug": "slug"}),
    # cases: photo
    "cases:photo_manage": Row({P.EDIT_CASE, P.SUBMIT_CASE}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:photo_file": Row("signed_in", "GET", {"pk": "case", "photo": "photo", "size": "size"}, P.READ_CASES),
    "cases:photo_public": Row("public", "GET", {"slug": "slug", "pk": "public_photo", "size": "size"}),
    # cases: comment
    "cases:comment_leave": Row("public", "GET POST", {"slug": "slug"}),
    "cases:comment_report": Row("public", "POST", {"slug": "slug", "pk": "public_comment"}),
    "cases:comment_queue": Row({P.MODERATE_COMMENTS}),
    "cases:comment_decide": Row({P.MODERATE_COMMENTS}, "POST"),
    "cases:comment_close": Row({P.MODERATE_COMMENTS}, "POST", {"pk": "published"}, P.READ_CASES),
    "cases:comment_reopen": Row({P.MODERATE_COMMENTS}, "POST", {"pk": "published"}, P.READ_CASES),
    # cases: intake, receipt, links and their holders
    "cases:intake_submit": Row({P.SUBMIT_CASE}, "GET POST"),
    "cases:receipt_detail": Row("signed_in", "GET", {"pk": "case"}, P.READ_CASES),
    "cases:receipt_tracked": Row({P.EDIT_CASE}, "GET POST", {"pk": "case"}, P.EDIT_CASE),
    "cases:receipt_compare": Row("signed_in", "GET", {"pk": "case"}, P.READ_CASES),
    # cases: statistics
    "cases:statistics_desk": Row({P.READ_DESK}),
    "cases:statistics_rows": Row({P.READ_DESK}),
    "cases:statistics_export": Row({P.READ_DESK}, "POST"),
    "cases:statistics_rows_export": Row({P.READ_DESK}, "POST", asks_proof=True),
    "cases:statistics_ours": Row({P.SUBMIT_CASE}),
    "cases:statistics_ours_rows": Row({P.SUBMIT_CASE}),
    "cases:statistics_ours_export": Row({P.SUBMIT_CASE}, "POST", asks_proof=True),
    # cases: drafts from the ledger
    "cases:outline_list": Row({P.DRAFT_CASE}),
    "cases:outline_begin": Row({P.DRAFT_CASE}, "GET POST"),
    "cases:outline_edit": Row({P.DRAFT_CASE}, "GET POST", {"pk": "outline"}, P.DRAFT_CASE),
    "cases:outline_choose": Row({P.DRAFT_CASE}, "GET POST", {"pk": "outline"}, P.DRAFT_CASE),
    "cases:outline_photos": Row({P.DRAFT_CASE}, "GET POST", {"pk": "outline"}, P.DRAFT_CASE),
    "cases:outline_preview": Row({P.DRAFT_CASE}, "GET", {"pk": "outline"}, P.DRAFT_CASE),
    "cases:outline_bind": Row({P.DRAFT_CASE}, "POST", {"pk": "outline"}, P.DRAFT_CASE),
    "cases:outline_submit": Row({P.DRAFT_CASE}, "POST", {"pk": "outline"}, P.DRAFT_CASE),
    "cases:outline_discard": Row({P.DRAFT_CASE}, "POST", {"pk": "outline"}, P.DRAFT_CASE),
    "cases:mail_list": Row({P.EDIT_CASE}),
    "cases:mail_detail": Row({P.EDIT_CASE}, "GET", {"pk": "letter"}, P.EDIT_CASE),
    "cases:mail_admit": Row({P.EDIT_CASE}, "POST", {"pk": "letter"}, P.EDIT_CASE),
    "cases:mail_attach": Row({P.EDIT_CASE}, "POST", {"pk": "letter"}, P.EDIT_CASE),
    "cases:mail_discard": Row({P.EDIT_CASE}, "POST", {"pk": "letter"}, P.EDIT_CASE),
    "cases:mail_restore": Row({P.EDIT_CASE}, "POST", {"pk": "letter"}, P.EDIT_CASE),
    "cases:mail_original": Row({P.EDIT_CASE}, "GET", {"pk": "letter"}, P.EDIT_CASE),
    "cases:mail_file": Row({P.EDIT_CASE}, "GET", {"pk": "letter", "position": "letter_part"}, P.EDIT_CASE),
    # cases: decisions announced together
    "cases:announcement_list": Row({P.EDIT_CASE}),
    "cases:announcement_letter": Row({P.EDIT_CASE}, "GET", {"pk": "pending"}, P.EDIT_CASE),
    "cases:announcement_bulk": Row({P.EDIT_CASE}, "POST", data={"do": "undo"}),
    "cases:announcement_together": Row({P.EDIT_CASE}, "GET POST", {"name": "queue"}),
    # cases: the signature sheet, and the final signature by a link
    "cases:sheet_page": Row({P.READ_DESK}, "GET", {"pk": "case"}, P.READ_DESK),
    "cases:sheet_word": Row({P.READ_DESK}, "GET", {"pk": "case"}, P.READ_DESK),
    "cases:approval_give": Row({P.SIGN_FINAL}, "GET POST", {"pk": "case"}, P.READ_CASES),
    "cases:approval_again": Row({P.SIGN_FINAL}, "POST", {"pk": "signing"}, P.READ_CASES),
    "cases:approval_close": Row({P.SIGN_FINAL}, "POST", {"pk": "signing"}, P.READ_CASES),
    "cases:approval_page": Row("public", "GET POST", {"token": "signing_token"}),
    # cases: letters of the outbox
    "cases:letter_list": Row({P.EDIT_CASE}),
    "cases:letter_bulk": Row({P.EDIT_CASE}, "POST", data={"do": "discard"}),
    "cases:letter_detail": Row({P.EDIT_CASE}, "GET", {"pk": "draft_letter"}, P.EDIT_CASE),
    "cases:letter_edit": Row({P.EDIT_CASE}, "POST", {"pk": "draft_letter"}, P.EDIT_CASE),
    "cases:letter_discard": Row({P.EDIT_CASE}, "POST", {"pk": "draft_letter"}, P.EDIT_CASE),
    "cases:letter_hand_over": Row({P.EDIT_CASE}, "POST", {"pk": "draft_letter"}, P.EDIT_CASE),
    "cases:letter_take_back": Row({P.EDIT_CASE}, "POST", {"pk": "draft_letter"}, P.EDIT_CASE),
    "cases:letter_write": Row({P.EDIT_CASE}, "POST", {"pk": "case"}, P.READ_CASES),
    "cases:receipt_original": Row("signed_in", "GET", {"pk": "case", "intake_pk": "intake"}, P.READ_CASES),
    "cases:receipt_kind": Row({P.SUBMIT_CASE, P.EDIT_CASE}, "GET", {"pk": "case", "kind": "fix_kind"}, P.READ_CASES),
    "cases:receipt_switch": Row({P.SUBMIT_CASE, P.EDIT_CASE}, "POST", {"pk": "case"}, P.READ_CASES),
    "cases:link_index": Row({P.MANAGE_LINKS}),
    "cases:link_give": Row({P.MANAGE_LINKS}, "GET POST"),
    "cases:link_revoke": Row({P.MANAGE_LINKS}, "POST", {"pk": "link"}, P.MANAGE_LINKS),
    "cases:holder_page": Row("public", "GET POST", {"token": "link_token"}),
    "cases:holder_resubmit": Row("public", "POST", {"token": "link_token"}),
    "cases:holder_withdraw": Row("public", "POST", {"token": "link_token"}),
    "cases:holder_time": Row("public", "GET POST", {"token": "case_token"}),
    "cases:holder_photos": Row("public", "GET POST", {"token": "link_token"}),
    "cases:holder_photo_file": Row("public", "GET", {"token": "case_token", "photo": "photo", "size": "size"}),
    # cases: library
    "cases:library_index": Row("public"),
    "cases:library_search": Row("public"),
    "cases:library_detail": Row("public", "GET", {"slug": "slug"}),
    "cases:library_feed": Row("public"),
    "cases:library_sitemap": Row("public"),
    "cases:library_sitemap_part": Row("public", "GET", {"number": "number"}),
    "cases:library_robots": Row("public"),
    "cases:library_opensearch": Row("public"),
}
