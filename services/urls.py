"""Addresses of the services app: one list per area."""

from django.urls import include, path

from services.views import (
    activity,
    assessment,
    attachment,
    award,
    batch,
    campaign,
    coverage,
    dossier,
    entry,
    figure,
    fold,
    grant,
    indicator,
    matter,
    orglife,
    pairing,
    paper,
    report,
    sheet,
    station,
    target,
    task,
    template,
    today,
    training,
    venue,
)

app_name = "services"

activity_urls = [
    path("", activity.list_, name="activity_list"),
    path("new/", activity.log, name="activity_log"),
    path("export/", activity.export, name="activity_export"),
    path("<int:pk>/", activity.detail, name="activity_detail"),
    path("<int:pk>/undo/", activity.undo, name="activity_undo"),
    path("<int:pk>/void/", activity.void, name="activity_void"),
]

entry_urls = [
    path("<int:pk>/edit/", entry.edit, name="entry_edit"),
    path("<int:pk>/people/", entry.people, name="entry_people"),
]

assessment_urls = [
    path("", assessment.list_, name="assessment_list"),
    path("<int:pk>/", assessment.detail, name="assessment_detail"),
    path("<int:pk>/<slug:kind>/", assessment.step, name="assessment_step"),
]

sheet_urls = [
    path("new/", sheet.adopt, name="assessment_adopt"),
    path("<int:pk>/", sheet.sheet, name="assessment_sheet"),
    path("<int:pk>/end/", sheet.end, name="assessment_end"),
    path("<int:pk>/criteria/new/", sheet.add, name="assessment_add"),
    path("<int:pk>/criteria/<int:criterion>/", sheet.change, name="assessment_change"),
    path("<int:pk>/criteria/<int:criterion>/remove/", sheet.remove, name="assessment_remove"),
    path("<int:pk>/board/", assessment.board, name="assessment_board"),
    path("<int:pk>/open/", assessment.open_, name="assessment_open"),
    path("<int:pk>/export/", assessment.export, name="assessment_export"),
]

fold_urls = [
    path("doubles/", fold.list_, name="fold_list"),
    path("<int:pk>/fold/<int:other>/", fold.compare, name="fold_compare"),
    path("<int:pk>/unfold/", fold.undo, name="fold_undo"),
]

attachment_urls = [
    path("of/<slug:owner>/<int:pk>/", attachment.of, name="attachment_of"),
    path("<int:pk>/file/", attachment.file, name="attachment_file"),
    path("<int:pk>/remove/", attachment.remove, name="attachment_remove"),
    path("<int:pk>/<str:size>.jpg", attachment.photo, name="attachment_photo"),
]

batch_urls = [
    path("", batch.list_, name="batch_list"),
    path("new/", batch.upload, name="batch_upload"),
    path("template/<slug:subject>.xlsx", batch.template, name="batch_template"),
    path("<int:pk>/", batch.detail, name="batch_detail"),
    path("<int:pk>/columns/", batch.columns, name="batch_columns"),
    path("<int:pk>/start/", batch.start, name="batch_start"),
    path("<int:pk>/bad-rows/", batch.bad_rows, name="batch_bad_rows"),
    path("<int:pk>/close/", batch.close, name="batch_close"),
    path("<int:pk>/undo/", batch.undo, name="batch_undo"),
]

campaign_urls = [
    path("", campaign.list_, name="campaign_list"),
    path("export/", campaign.export, name="campaign_export"),
    path("new/", campaign.create, name="campaign_create"),
    path("<int:pk>/", campaign.detail, name="campaign_detail"),
    path("<int:pk>/edit/", campaign.edit, name="campaign_edit"),
    path("<int:pk>/close/", campaign.close, name="campaign_close"),
    path("<int:pk>/reopen/", campaign.reopen, name="campaign_reopen"),
    path("<int:pk>/join/", campaign.join, name="campaign_join"),
    path("<int:pk>/leave/", campaign.leave, name="campaign_leave"),
]

dossier_urls = [
    path("", dossier.find, name="dossier_find"),
    path("people/<int:pk>/", dossier.person, name="dossier_person"),
    path("people/<int:pk>/<slug:name>/", dossier.person_rows, name="dossier_person_rows"),
    path("people/<int:pk>/<slug:name>/export/", dossier.person_export, name="dossier_person_export"),
    path("organisations/<int:pk>/", dossier.organisation, name="dossier_organisation"),
    path("organisations/<int:pk>/<slug:name>/", dossier.organisation_rows, name="dossier_organisation_rows"),
    path("organisations/<int:pk>/<slug:name>/export/", dossier.organisation_export, name="dossier_organisation_export"),
]

figure_urls = [
    path("", figure.list_, name="figure_list"),
    path("new/", figure.create, name="figure_create"),
    path("alerts/", figure.alerts, name="figure_alerts"),
    path("export/", figure.export, name="figure_export"),
    path("<int:pk>/", figure.detail, name="figure_detail"),
    path("<int:pk>/correct/", figure.correct, name="figure_correct"),
    path("<int:pk>/void/", figure.void, name="figure_void"),
]

grant_urls = [
    path("", grant.list_, name="grant_list"),
    path("new/", grant.create, name="grant_create"),
    path("certificates/", award.list_, name="award_list"),
    path("export/", grant.export, name="grant_export"),
    path("<int:pk>/", grant.detail, name="grant_detail"),
    path("<int:pk>/undo/", grant.undo, name="grant_undo"),
    path("<int:pk>/void/", grant.void, name="grant_void"),
    path("<int:pk>/end/", grant.end, name="grant_end"),
]

indicator_urls = [
    path("", indicator.index, name="indicator_index"),
    path("<str:key>/", indicator.rows, name="indicator_rows"),
    path("<str:key>/export/", indicator.export, name="indicator_export"),
]

matter_urls = [
    path("", matter.list_, name="matter_list"),
    path("new/", matter.receive, name="matter_receive"),
    path("export/", matter.export, name="matter_export"),
    path("<int:pk>/", matter.detail, name="matter_detail"),
    path("<int:pk>/edit/", matter.edit, name="matter_edit"),
    path("<int:pk>/gather/", matter.gather, name="matter_gather"),
    path("<int:pk>/<slug:kind>/", matter.step, name="matter_step"),
]

orglife_urls = [
    path("", orglife.board, name="orglife_board"),
    path("<int:pk>/", orglife.branch, name="orglife_branch"),
    path("<int:pk>/excuse/", orglife.excuse, name="orglife_excuse"),
    path("<int:pk>/excuse/<int:excuse>/lift/", orglife.lift, name="orglife_lift"),
]

pairing_urls = [
    path("", pairing.list_, name="pairing_list"),
    path("new/", pairing.create, name="pairing_create"),
    path("export/", pairing.export, name="pairing_export"),
    path("assign/", pairing.assign, name="pairing_assign"),
    path("enterprises/", coverage.list_, name="coverage_list"),
    path("enterprises/export/", coverage.export, name="coverage_export"),
    path("hand-over/<int:person>/", pairing.hand_over, name="pairing_hand_over"),
    path("<int:pk>/", pairing.detail, name="pairing_detail"),
    path("<int:pk>/end/", pairing.end, name="pairing_end"),
    path("<int:pk>/prolong/", pairing.prolong, name="pairing_prolong"),
    path("<int:pk>/excuse/", pairing.excuse, name="pairing_excuse"),
    path("<int:pk>/excuse/<int:excuse>/lift/", pairing.lift, name="pairing_lift"),
]

paper_urls = [
    path("", paper.list_, name="paper_list"),
    path("new/", paper.create, name="paper_create"),
    path("export/", paper.export, name="paper_export"),
]

report_urls = [
    path("", report.page, name="report_page"),
    path("overview/", report.dashboard, name="report_dashboard"),
    path("download/", report.download, name="report_download"),
    path("send/", report.send, name="report_send"),
    path("templates/", template.index, name="template_index"),
    path("templates/sample/", template.start, name="template_start"),
    path("templates/<int:pk>/preview/", template.preview, name="template_preview"),
    path("templates/<int:pk>/use/", template.use, name="template_use"),
    path("templates/<int:pk>/stop/", template.stop, name="template_stop"),
    path("templates/<int:pk>/file/", template.file, name="template_file"),
]

station_urls = [
    path("", station.list_, name="station_list"),
    path("sitemap.xml", station.sitemap, name="station_sitemap"),
    path("<int:pk>/", station.detail, name="station_detail"),
]

target_urls = [
    path("", target.list_, name="target_list"),
    path("export/", target.export, name="target_export"),
    path("new/", target.create, name="target_create"),
    path("<int:pk>/", target.edit, name="target_edit"),
    path("<int:pk>/withdraw/", target.withdraw, name="target_withdraw"),
]

task_urls = [
    path("", task.list_, name="task_list"),
    path("export/", task.export, name="task_export"),
    path("paste/", task.paste, name="task_paste"),
    path("progress/", task.note, name="task_note"),
]

today_urls = [
    path("", today.page, name="today_page"),
    path("calendar/<str:token>.ics", today.feed, name="today_calendar"),
]

venue_urls = [
    path("", venue.list_, name="venue_list"),
    path("new/", venue.create, name="venue_create"),
    path("export/", venue.export, name="venue_export"),
    path("<int:pk>/", venue.detail, name="venue_detail"),
    path("<int:pk>/edit/", venue.edit, name="venue_edit"),
    path("<int:pk>/use/", venue.use, name="venue_use"),
    path("<int:pk>/close/", venue.close, name="venue_close"),
    path("<int:pk>/reopen/", venue.reopen, name="venue_reopen"),
    path("<int:pk>/sign.pdf", venue.sign, name="venue_sign"),
]

training_urls = [
    path("", training.list_, name="training_list"),
    path("export/", training.export, name="training_export"),
    path("<int:pk>/certificates/", training.certify, name="training_certify"),
]

urlpatterns = [
    path("activities/", include(activity_urls)),
    path("activities/", include(entry_urls)),
    path("activities/", include(fold_urls)),
    path("assessments/", include(assessment_urls)),
    path("assessment-sheets/", include(sheet_urls)),
    path("attachments/", include(attachment_urls)),
    path("ledger-imports/", include(batch_urls)),
    path("attested/", include(figure_urls)),
    path("campaigns/", include(campaign_urls)),
    path("dossiers/", include(dossier_urls)),
    path("campaigns/<int:pk>/tasks/", include(task_urls)),
    path("figures/", include(indicator_urls)),
    path("grants/", include(grant_urls)),
    path("matters/", include(matter_urls)),
    path("pairings/", include(pairing_urls)),
    path("party-life/", include(orglife_urls)),
    path("papers/", include(paper_urls)),
    path("reports/", include(report_urls)),
    path("stations/", include(station_urls)),
    path("targets/", include(target_urls)),
    path("today/", include(today_urls)),
    path("venues/", include(venue_urls)),
    path("trainings/", include(training_urls)),
]
