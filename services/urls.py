"""Addresses of the services app: one list per area."""

from django.urls import include, path

from services.views import activity, attachment, indicator, matter, pairing, paper, report, today

app_name = "services"

activity_urls = [
    path("", activity.list_, name="activity_list"),
    path("new/", activity.log, name="activity_log"),
    path("export/", activity.export, name="activity_export"),
    path("<int:pk>/", activity.detail, name="activity_detail"),
    path("<int:pk>/undo/", activity.undo, name="activity_undo"),
    path("<int:pk>/void/", activity.void, name="activity_void"),
]

attachment_urls = [
    path("of/<slug:owner>/<int:pk>/", attachment.of, name="attachment_of"),
    path("<int:pk>/file/", attachment.file, name="attachment_file"),
    path("<int:pk>/remove/", attachment.remove, name="attachment_remove"),
    path("<int:pk>/<str:size>.jpg", attachment.photo, name="attachment_photo"),
]

indicator_urls = [
    path("", indicator.index, name="indicator_index"),
    path("<str:key>/", indicator.rows, name="indicator_rows"),
    path("<str:key>/export/", indicator.export, name="indicator_export"),
]

matter_urls = [
    path("", matter.list_, name="matter_list"),
    path("new/", matter.receive, name="matter_receive"),
    path("<int:pk>/", matter.detail, name="matter_detail"),
    path("<int:pk>/<slug:kind>/", matter.step, name="matter_step"),
]

pairing_urls = [
    path("", pairing.list_, name="pairing_list"),
    path("new/", pairing.create, name="pairing_create"),
    path("assign/", pairing.assign, name="pairing_assign"),
    path("<int:pk>/", pairing.detail, name="pairing_detail"),
    path("<int:pk>/end/", pairing.end, name="pairing_end"),
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
]

today_urls = [
    path("", today.page, name="today_page"),
    path("calendar/<str:token>.ics", today.feed, name="today_calendar"),
]

urlpatterns = [
    path("activities/", include(activity_urls)),
    path("attachments/", include(attachment_urls)),
    path("figures/", include(indicator_urls)),
    path("matters/", include(matter_urls)),
    path("pairings/", include(pairing_urls)),
    path("papers/", include(paper_urls)),
    path("reports/", include(report_urls)),
    path("today/", include(today_urls)),
]
