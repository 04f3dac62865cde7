"""Addresses of the cases app: one list per area."""

from django.urls import path

from cases.views import (
    annotation,
    announcement,
    approval,
    assignment,
    call,
    call_desk,
    call_entry,
    comment,
    contact,
    evidence,
    export,
    holder,
    holder_photo,
    holder_time,
    home,
    intake,
    letter,
    library,
    link,
    mail,
    notice,
    outline,
    photo,
    pick,
    proof,
    publishing,
    question,
    queue,
    receipt,
    recommend,
    replacement,
    returns,
    review,
    revision,
    scores,
    scoring,
    sheet,
    similarity,
    statistics,
    tracked,
)

app_name = "cases"

home_urls = [
    path("desk/", home.home, name="home"),
]

intake_urls = [
    path("desk/submit/", intake.submit, name="intake_submit"),
    path("desk/cases/<int:pk>/receipt/", receipt.detail, name="receipt_detail"),
    path("desk/cases/<int:pk>/receipt/side-by-side/", receipt.compare, name="receipt_compare"),
    path("desk/cases/<int:pk>/receipt/revisions/", tracked.page, name="receipt_tracked"),
    path("desk/cases/<int:pk>/receipt/switch/", receipt.switch, name="receipt_switch"),
    path("desk/cases/<int:pk>/receipt/kinds/<slug:kind>/", receipt.kind, name="receipt_kind"),
    path("desk/cases/<int:pk>/originals/<int:intake_pk>/", receipt.original, name="receipt_original"),
    path("desk/links/", link.index, name="link_index"),
    path("desk/links/new/", link.give, name="link_give"),
    path("desk/links/<int:pk>/revoke/", link.revoke, name="link_revoke"),
    path("s/<slug:token>/", holder.page, name="holder_page"),
    path("s/<slug:token>/resubmit/", holder.resubmit, name="holder_resubmit"),
    path("s/<slug:token>/withdraw/", holder.withdraw, name="holder_withdraw"),
    path("s/<slug:token>/more-time/", holder_time.ask, name="holder_time"),
    path("s/<slug:token>/photos/", holder_photo.photos, name="holder_photos"),
    path("s/<slug:token>/photos/<int:photo>/<slug:size>.jpg", holder_photo.file, name="holder_photo_file"),
]

review_urls = [
    path("desk/queue/", queue.index, name="review_index"),
    path("desk/queue/<slug:name>/", queue.queue, name="review_queue"),
    path("desk/ours/<slug:name>/", queue.ours, name="review_ours"),
    path("desk/cases/<int:pk>/", review.detail, name="review_detail"),
    path("desk/cases/<int:pk>/decide/", review.decide, name="review_decide"),
    path("desk/cases/<int:pk>/take/", review.take, name="review_take"),
    path("desk/cases/<int:pk>/release/", review.release, name="review_release"),
    path("desk/cases/<int:pk>/edit/", revision.edit, name="revision_edit"),
    path("desk/cases/<int:pk>/replace/", replacement.replace, name="revision_replace"),
    path("desk/cases/<int:pk>/compare/", revision.compare, name="revision_compare"),
]

annotation_urls = [
    path("desk/cases/<int:pk>/notes/", annotation.write, name="annotation_write"),
    path("desk/notes/<int:pk>/step/", annotation.step, name="annotation_step"),
]

returns_urls = [
    path("desk/cases/<int:pk>/checklist/collect/", returns.collect, name="returns_collect"),
    path("desk/checklist/<int:pk>/drop/", returns.drop, name="returns_drop"),
    path("desk/checklist/<int:pk>/judge/", returns.judge, name="returns_judge"),
    path("desk/cases/<int:pk>/checklist/more-time/", returns.ask_time, name="returns_ask_time"),
    path("desk/checklist/<int:pk>/time/", returns.settle_time, name="returns_settle_time"),
]

call_urls = [
    path("calls/", call.index, name="call_index"),
    path("calls/<int:pk>/", call.page, name="call_page"),
    path("calls/<int:pk>/notice.docx", call.notice_word, name="call_notice"),
    path("desk/cases/<int:pk>/call/statement/", call_entry.state, name="call_state"),
    path("desk/cases/<int:pk>/call/", call_entry.choose, name="call_choose"),
    path("desk/calls/", call_desk.list_, name="call_list"),
    path("desk/calls/new/", call_desk.create, name="call_create"),
    path("desk/calls/<int:pk>/", call_desk.desk, name="call_desk"),
    path("desk/calls/<int:pk>/edit/", call_desk.edit, name="call_edit"),
    path("desk/calls/<int:pk>/tracks/", call_desk.rows, {"name": "tracks"}, name="call_tracks"),
    path("desk/calls/<int:pk>/parts/", call_desk.rows, {"name": "parts"}, name="call_parts"),
    path("desk/calls/<int:pk>/phases/", call_desk.rows, {"name": "phases"}, name="call_phases"),
    path("desk/calls/<int:pk>/rubric/", call_desk.criteria, name="call_rubric"),
    path("desk/calls/<int:pk>/quotas/", call_desk.quotas, name="call_quotas"),
    path("desk/calls/<int:pk>/announce/", call_desk.announce, name="call_announce"),
    path("desk/calls/<int:pk>/cancel/", call_desk.cancel, name="call_cancel"),
]

assignment_urls = [
    path("desk/queue/<slug:name>/reviewers/", assignment.spread, name="assignment_spread"),
    path("desk/cases/<int:pk>/reviewers/", assignment.case, name="assignment_case"),
    path("desk/cases/<int:pk>/reviewers/give/", assignment.give, name="assignment_give"),
    path("desk/cases/<int:pk>/reviewers/lift/", assignment.lift, name="assignment_lift"),
    path("desk/cases/<int:pk>/reviewers/recuse/", assignment.recuse, name="assignment_recuse"),
    path("desk/reviews/<int:pk>/take-back/", assignment.take_back, name="assignment_take_back"),
]

scoring_urls = [
    path("desk/reviews/", scoring.mine, name="scoring_mine"),
    path("desk/reviews/fields/", scoring.interests, name="scoring_interests"),
    path("desk/reviews/<int:pk>/", scoring.sheet, name="scoring_sheet"),
    path("desk/reviews/<int:pk>/decline/", scoring.decline, name="scoring_decline"),
    path("desk/reviews/<int:pk>/names/", scoring.peek, name="scoring_peek"),
    path("desk/reviews/<int:pk>/photos/<int:photo>/<slug:size>.jpg", scoring.photo, name="scoring_photo"),
    path("desk/calls/<int:pk>/scores/", scores.list_, name="scores_list"),
    path("desk/calls/<int:pk>/scores/export/", scores.export, name="scores_export"),
    path("desk/cases/<int:pk>/opinions/", scores.case, name="scores_case"),
]

recommend_urls = [
    path("desk/recommend/", recommend.list_, name="recommend_list"),
    path("desk/recommend/<int:pk>/", recommend.detail, name="recommend_detail"),
    path("desk/recommend/<int:pk>/cases/<int:case_pk>/", recommend.case, name="recommend_case"),
    path("desk/recommend/<int:pk>/<int:recommendation>/up/", recommend.rank, {"way": "up"}, name="recommend_up"),
    path("desk/recommend/<int:pk>/<int:recommendation>/down/", recommend.rank, {"way": "down"}, name="recommend_down"),
    path("desk/recommend/<int:pk>/<int:recommendation>/off/", recommend.rank, {"way": "off"}, name="recommend_off"),
    path("desk/recommend/<int:pk>/send/", recommend.send, name="recommend_send"),
    path("desk/recommend/<int:pk>/reopen/", recommend.reopen, name="recommend_reopen"),
    path("desk/recommendations/<int:pk>/form/", recommend.form, name="recommend_form"),
]

notice_urls = [
    path("calls/<int:pk>/objection/", notice.object_, name="notice_object"),
    path("calls/objections/<uuid:key>/", notice.follow, name="notice_follow"),
    path("desk/calls/<int:pk>/list/", notice.shortlist, name="notice_shortlist"),
    path("desk/calls/<int:pk>/list/scores/", pick.page, name="pick_page"),
    path("desk/objections/", notice.list_, name="notice_list"),
    path("desk/objections/<int:pk>/", notice.detail, name="notice_detail"),
    path("desk/objections/<int:pk>/note/", notice.note, name="notice_note"),
    path("desk/objections/<int:pk>/settle/", notice.settle, name="notice_settle"),
    path("desk/objections/<int:pk>/reveal/", notice.reveal, name="notice_reveal"),
]

similarity_urls = [
    path("desk/cases/<int:pk>/similar/", similarity.page, name="similarity_page"),
    path("desk/cases/<int:pk>/similar/<int:other>/aside/", similarity.dismiss, name="similarity_dismiss"),
    path("desk/cases/<int:pk>/similar/<int:other>/again/", similarity.restore, name="similarity_restore"),
]

evidence_urls = [
    path("checked-figures/", evidence.about, name="evidence_about"),
    path("desk/cases/<int:pk>/figures/", evidence.page, name="evidence_page"),
    path("desk/cases/<int:pk>/figures/bind/", evidence.bind, name="evidence_bind"),
    path("desk/cases/<int:pk>/figures/aside/", evidence.set_aside, name="evidence_set_aside"),
]

outline_urls = [
    path("desk/outlines/", outline.list_, name="outline_list"),
    path("desk/outlines/new/", outline.begin, name="outline_begin"),
    path("desk/outlines/<int:pk>/", outline.edit, name="outline_edit"),
    path("desk/outlines/<int:pk>/figures/", outline.choose, name="outline_choose"),
    path("desk/outlines/<int:pk>/photos/", outline.photos, name="outline_photos"),
    path("desk/outlines/<int:pk>/preview/", outline.preview, name="outline_preview"),
    path("desk/outlines/<int:pk>/bind/", outline.bind, name="outline_bind"),
    path("desk/outlines/<int:pk>/submit/", outline.submit, name="outline_submit"),
    path("desk/outlines/<int:pk>/discard/", outline.discard, name="outline_discard"),
]

question_urls = [
    path("desk/cases/<int:pk>/figures/ask/", question.ask, name="question_ask"),
    path("desk/figures/<int:pk>/", question.answer, name="question_answer"),
    path("s/<slug:token>/figures/<int:pk>/", question.holder_answer, name="question_holder"),
]

mail_urls = [
    path("desk/mail/", mail.list_, name="mail_list"),
    path("desk/mail/<int:pk>/", mail.detail, name="mail_detail"),
    path("desk/mail/<int:pk>/admit/", mail.admit, name="mail_admit"),
    path("desk/mail/<int:pk>/attach/", mail.attach, name="mail_attach"),
    path("desk/mail/<int:pk>/discard/", mail.discard, name="mail_discard"),
    path("desk/mail/<int:pk>/restore/", mail.restore, name="mail_restore"),
    path("desk/mail/<int:pk>/letter/", mail.original, name="mail_original"),
    path("desk/mail/<int:pk>/files/<int:position>/", mail.file, name="mail_file"),
]

letter_urls = [
    path("desk/outbox/", letter.list_, name="letter_list"),
    path("desk/outbox/bulk/", letter.bulk, name="letter_bulk"),
    path("desk/outbox/<int:pk>/", letter.detail, name="letter_detail"),
    path("desk/outbox/<int:pk>/edit/", letter.edit, name="letter_edit"),
    path("desk/outbox/<int:pk>/delete/", letter.discard, name="letter_discard"),
    path("desk/outbox/<int:pk>/told/", letter.hand_over, name="letter_hand_over"),
    path("desk/outbox/<int:pk>/take-back/", letter.take_back, name="letter_take_back"),
    path("desk/cases/<int:pk>/write/", letter.write, name="letter_write"),
]

announcement_urls = [
    path("desk/announce/", announcement.list_, name="announcement_list"),
    path("desk/announce/<int:pk>/letter/", announcement.letter, name="announcement_letter"),
    path("desk/announce/bulk/", announcement.bulk, name="announcement_bulk"),
    path("desk/queue/<slug:name>/decide/", announcement.together, name="announcement_together"),
]

approval_urls = [
    path("desk/cases/<int:pk>/approval/", approval.give, name="approval_give"),
    path("desk/cases/<int:pk>/approval/again/", approval.again, name="approval_again"),
    path("desk/cases/<int:pk>/approval/close/", approval.close, name="approval_close"),
    path("sign/<slug:token>/", approval.page, name="approval_page"),
    path("desk/cases/<int:pk>/sheet/", sheet.page, name="sheet_page"),
    path("desk/cases/<int:pk>/sheet/word/", sheet.word, name="sheet_word"),
]

contact_urls = [
    path("desk/cases/<int:pk>/contact/", contact.reveal, name="contact_reveal"),
]

export_urls = [
    path("desk/queue/<slug:name>/export/", export.queue, name="export_queue"),
    path("desk/ours/<slug:name>/export/", export.ours, name="export_ours"),
    path("desk/cases/<int:pk>/word/", export.word, name="export_word"),
    path("desk/cases/<int:pk>/plain/", export.plain, name="export_plain"),
    path("desk/cases/<int:pk>/dossier/", export.dossier, name="export_dossier"),
    path("desk/cases/<int:pk>/wechat/", export.wechat, name="export_wechat"),
    path("desk/cases/<int:pk>/wechat/files/", export.wechat_zip, name="export_wechat_zip"),
    path("desk/cases/<int:pk>/proof/", proof.page, name="proof_page"),
    path("desk/cases/<int:pk>/proof/file/", proof.file, name="proof_file"),
    path("desk/collection/", export.collection, name="export_collection"),
]

statistics_urls = [
    path("desk/statistics/", statistics.desk, name="statistics_desk"),
    path("desk/statistics/rows/", statistics.rows, name="statistics_rows"),
    path("desk/statistics/export/", statistics.export, name="statistics_export"),
    path("desk/statistics/rows/export/", statistics.rows_export, name="statistics_rows_export"),
    path("desk/our-submissions/", statistics.ours, name="statistics_ours"),
    path("desk/our-submissions/rows/", statistics.ours_rows, name="statistics_ours_rows"),
    path("desk/our-submissions/export/", statistics.ours_export, name="statistics_ours_export"),
]

publishing_urls = [
    path("desk/cases/<int:pk>/correct/", publishing.correct, name="publishing_correct"),
    path("desk/cases/<int:pk>/withdraw/", publishing.withdraw, name="publishing_withdraw"),
    path("library/<slug:slug>/corrections/", publishing.corrections, name="publishing_corrections"),
]

photo_urls = [
    path("desk/cases/<int:pk>/photos/", photo.manage, name="photo_manage"),
    path("desk/cases/<int:pk>/photos/<int:photo>/<slug:size>.jpg", photo.file, name="photo_file"),
    path("library/<slug:slug>/photos/<int:pk>/<slug:size>.jpg", photo.public_file, name="photo_public"),
]

comment_urls = [
    path("library/<slug:slug>/comment/", comment.leave, name="comment_leave"),
    path("library/<slug:slug>/comments/<int:pk>/report/", comment.report, name="comment_report"),
    path("desk/comments/", comment.queue, name="comment_queue"),
    path("desk/comments/decide/", comment.decide, name="comment_decide"),
    path("desk/cases/<int:pk>/comments/close/", comment.close, name="comment_close"),
    path("desk/cases/<int:pk>/comments/reopen/", comment.reopen, name="comment_reopen"),
]

library_urls = [
    path("", library.index, name="library_index"),
    path("library/", library.search, name="library_search"),
    path("library/feed/", library.feed, name="library_feed"),
    path("library/<slug:slug>/", library.detail, name="library_detail"),
    path("sitemap.xml", library.sitemap, name="library_sitemap"),
    path("sitemap-<int:number>.xml", library.sitemap_part, name="library_sitemap_part"),
    path("robots.txt", library.robots, name="library_robots"),
    path("opensearch.xml", library.opensearch, name="library_opensearch"),
]

urlpatterns = [
    *home_urls,
    *intake_urls,
    *review_urls,
    *annotation_urls,
    *returns_urls,
    *call_urls,
    *assignment_urls,
    *scoring_urls,
    *recommend_urls,
    *notice_urls,
    *evidence_urls,
    *question_urls,
    *similarity_urls,
    *outline_urls,
    *mail_urls,
    *letter_urls,
    *announcement_urls,
    *approval_urls,
    *contact_urls,
    *export_urls,
    *statistics_urls,
    *publishing_urls,
    *photo_urls,
    *comment_urls,
    *library_urls,
]
