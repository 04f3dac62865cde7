"""The audit log: append-only, chained by hash, without personal values."""

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.account import User
from members.models.discovery import LeadState
from members.models.organisation import Organisation, under_paths
from members.permissions import Permission

LABELS = {
    "approval.close": _("Link for the final signature closed"),
    "approval.enter": _("Link for the final signature opened"),
    "approval.give": _("Link for the final signature given"),
    "approval.remind": _("Reminded of a link for the final signature"),
    "approval.use": _("Signed or returned by a link"),
    "access.refused": _("Access refused"),
    "account.change": _("Account changed"),
    "account.disable": _("Account disabled"),
    "account.enable": _("Account enabled"),
    "account.first_password": _("First password set"),
    "account.first_password_issue": _("Link for the first password issued"),
    "account.open": _("Account opened"),
    "account.password": _("Password changed"),
    "account.proof": _("Identity confirmed by password or code"),
    "activity.change": _("Activity corrected"),
    "activity.apart": _("Two entries of an activity kept apart"),
    "activity.fold": _("Two entries of an activity folded into one"),
    "activity.log": _("Activity entered"),
    "activity.people": _("People of an activity noted"),
    "activity.reword": _("Words of an activity replaced"),
    "activity.unfold": _("Entries of an activity taken apart again"),
    "activity.void": _("Activity taken back"),
    "annotation.ask": _("Note put on the list of a return"),
    "annotation.reopen": _("Note on a text opened again"),
    "annotation.resolve": _("Note on a text settled"),
    "annotation.show": _("Note on a text shown or hidden"),
    "annotation.write": _("Note on a text written"),
    "assignment.decline": _("Review declined"),
    "assignment.give": _("Cases given to reviewers"),
    "assignment.interests": _("Fields of interest of a reviewer kept"),
    "assignment.remind": _("Reviewers reminded"),
    "assignment.take_back": _("Case taken back from a reviewer"),
    "attachment.add": _("File added"),
    "attachment.remove": _("File taken away"),
    "assessment.adopt": _("Assessment sheet taken over"),
    "assessment.confirm": _("Assessment confirmed"),
    "assessment.criterion": _("Criterion of an assessment kept"),
    "assessment.criterion_remove": _("Criterion of an assessment taken off"),
    "assessment.end": _("End of an assessment sheet set"),
    "assessment.open": _("Assessment begun"),
    "assessment.reopen": _("Assessment reopened"),
    "assessment.return": _("Assessment returned"),
    "assessment.save": _("Points of an assessment kept"),
    "assessment.submit": _("Assessment submitted"),
    "batch.bad_rows": _("Rows of an import given back"),
    "batch.close": _("File of an import destroyed"),
    "batch.done": _("Import finished"),
    "batch.map": _("Columns of an import explained"),
    "batch.receive": _("Workbook uploaded"),
    "batch.start": _("Import started"),
    "batch.stop": _("Import stopped"),
    "batch.undo": _("Import undone"),
    "call.announce": _("Call for cases announced"),
    "call.cancel": _("Call for cases cancelled"),
    "call.change": _("Call for cases changed"),
    "call.create": _("Call for cases made"),
    "call.freeze": _("Rubric of a call frozen"),
    "call.parts": _("Required parts of a call set"),
    "call.phases": _("Phases of a call set"),
    "call.quotas": _("Quotas of a call set"),
    "call.rubric": _("Rubric of a call set"),
    "call.shortlist": _("List of a public notice set"),
    "call.tracks": _("Tracks of a call set"),
    "campaign.change": _("Campaign changed"),
    "campaign.close": _("Campaign closed"),
    "campaign.create": _("Campaign entered"),
    "campaign.join": _("Units joined a campaign"),
    "campaign.leave": _("Unit left a campaign"),
    "campaign.reopen": _("Campaign opened again"),
    "case.classify": _("Field of a case set"),
    "case.create": _("Case entered"),
    "case.credit": _("Contributor of a case set"),
    "case.decide": _("Decision on a case"),
    "case.state": _("Statement of a call confirmed"),
    "case.enter": _("Call of a case chosen"),
    "case.export": _("Cases taken out as a file"),
    "case.reassign": _("Organisation of a case set"),
    "case.release": _("Case put back"),
    "case.reveal_contact": _("Contributor's contact shown"),
    "case.revise": _("Case text changed"),
    "case.take": _("Case taken"),
    "checkin.correct": _("Check-in corrected by the person"),
    "checkin.expire": _("Check-in nobody confirmed erased"),
    "checkin.receive": _("Check-in received"),
    "checkin.repeat": _("Check-in given again"),
    "checkin.withdraw": _("Check-in withdrawn and erased"),
    "claim.confirm": _("Figure of a case bound to an indicator"),
    "claim.record": _("The ledger's answers on a case's figures recorded"),
    "claim.set_aside": _("Figure of a case set aside"),
    "comment.approved": _("Comment approved"),
    "comment.close": _("Comments closed"),
    "comment.leave": _("Comment received"),
    "comment.rejected": _("Comment not published"),
    "comment.reopen": _("Comments reopened"),
    "comment.report": _("Comment reported"),
    "consent.write": _("Consent text written"),
    "conflict.declare": _("Conflict of interest declared"),
    "conflict.lift": _("Reviewer admitted in spite of a conflict"),
    "contacts.export": _("Contact list exported"),
    "development.move": _("Development moved to another stage"),
    "development.open": _("Development opened"),
    "development.quota": _("Development quota set"),
    "development.record": _("Step of a development recorded"),
    "development.take_back": _("Step of a development taken back"),
    "factor.begin": _("Second factor set up"),
    "factor.codes": _("Recovery codes issued"),
    "factor.confirm": _("Second factor switched on"),
    "factor.off": _("Second factor switched off"),
    "factor.reset": _("Second factor reset for an account"),
    "factor.reset_ask": _("Reset of a second factor asked for"),
    "factor.use": _("Second factor used"),
    "field.add": _("Field added"),
    "field.change": _("Field changed"),
    "field.merge": _("Fields merged"),
    "field.restore": _("Field restored"),
    "field.retire": _("Field retired"),
    "figure.correct": _("Figure of others corrected"),
    "figure.enter": _("Figure of others entered"),
    "figure.void": _("Figure of others taken back"),
    "grant.end": _("End of a mark or title noted"),
    "grant.give": _("Gift entered"),
    "grant.list": _("List of certificates entered"),
    "grant.void": _("Gift taken back"),
    "intake.receive": _("Text received"),
    "intake.signed": _("Text signed by the unit noted"),
    "keys.add": _("Keys added"),
    "keys.reseal": _("Sealed values given the current keys"),
    "keys.retire": _("Key thrown away"),
    "kind.add": _("Kind added"),
    "kind.change": _("Kind changed"),
    "kind.merge": _("Kinds merged"),
    "kind.restore": _("Kind offered again"),
    "kind.retire": _("Kind retired"),
    "kind.unmerge": _("Merge of kinds undone"),
    "lead.evidence": _("Lead found by another channel"),
    "lead.give": _("Lead given to an account"),
    "lead.join": _("Joining the contact group noted"),
    "lead.leave": _("Joining the contact group taken back"),
    "lead.move": _("Lead moved on"),
    "lead.open": _("Lead opened"),
    "lead.take": _("Lead taken over"),
    "ledger.export": _("Ledger exported"),
    "likeness.dismiss": _("Pair of similar cases put aside"),
    "likeness.restore": _("Pair of similar cases to be looked at again"),
    "decision.announce": _("Decisions announced together"),
    "decision.hold": _("Decision held until announced"),
    "decision.unhold": _("Held decision undone"),
    "letter.attempt": _("Letter handed to the mail server"),
    "letter.bounce": _("Letter came back"),
    "letter.discard": _("Letters of the outbox deleted"),
    "letter.draft": _("Letter drafted"),
    "letter.edit": _("Draft of a letter edited"),
    "letter.hand_over": _("Letter told otherwise"),
    "letter.merge": _("Drafts of letters joined"),
    "letter.send": _("Letters let go"),
    "letter.take_back": _("Letter taken back"),
    "link.give": _("Submission link given"),
    "link.open_case_page": _("Page for the holder of a link opened"),
    "link.revoke": _("Submission link revoked"),
    "mail.acknowledge": _("Receipt of a letter acknowledged"),
    "mail.admit": _("Letter admitted"),
    "mail.attach": _("Letter joined to a case"),
    "mail.discard": _("Letter discarded"),
    "mail.receive": _("Letter received"),
    "mail.restore": _("Letter brought back"),
    "match.algorithm": _("Algorithm of a blind match changed"),
    "match.approve": _("Data match approved"),
    "match.bad_rows": _("Rows of a roster given back"),
    "match.close": _("Data match closed, rosters destroyed"),
    "match.count": _("Data match counted"),
    "match.create": _("Data match opened"),
    "match.decide": _("Pair decided"),
    "match.enter": _("Opened rows of a blind match entered"),
    "match.fail": _("Data match did not succeed"),
    "match.give": _("Roster given to a data match"),
    "match.handles": _("Handles of a blind match given out"),
    "match.map": _("Columns of a roster explained"),
    "match.start": _("Data match started"),
    "match.stop": _("Data match stopped"),
    "match.swap": _("Rosters exchanged"),
    "match.undo": _("Decision on a pair taken back"),
    "matter.change": _("Matter changed"),
    "matter.receive": _("Matter received"),
    "matter.step": _("Step of a matter"),
    "organisation.change": _("Organisation changed"),
    "organisation.close": _("Organisation closed"),
    "organisation.found": _("Organisation added"),
    "organisation.merge": _("Organisations merged"),
    "organisation.move": _("Organisation moved"),
    "organisation.reopen": _("Organisation reopened"),
    "organisation.unmerge": _("Merge undone"),
    "orglife.excuse": _("Branch excused from a duty for a while"),
    "orglife.lift": _("Excuse of a branch lifted"),
    "outline.begin": _("Draft from the ledger begun"),
    "outline.choose": _("Figures of a draft chosen"),
    "outline.discard": _("Draft from the ledger deleted"),
    "outline.photos": _("Photos of a draft chosen"),
    "outline.save": _("Draft from the ledger saved"),
    "outline.submit": _("Draft from the ledger sent in"),
    "pairing.end": _("Pairing ended"),
    "pairing.excuse": _("Pairing excused for a while"),
    "pairing.lift": _("Excuse of a pairing lifted"),
    "pairing.pair": _("Pairing entered"),
    "pairing.prolong": _("Last day of a pairing changed"),
    "person.change": _("Person changed"),
    "person.create": _("Person registered"),
    "person.double": _("Identity number registered already"),
    "person.merge": _("People merged"),
    "person.post": _("Post given"),
    "person.post_end": _("Post ended"),
    "person.reveal": _("Number shown in full"),
    "person.unmerge": _("Merge of people undone"),
    "person.vehicle": _("Vehicle noted"),
    "photo.add": _("Photo added"),
    "photo.change": _("Photo changed"),
    "photo.move": _("Photo moved"),
    "photo.remove": _("Photo removed"),
    "point.change": _("Check-in point changed"),
    "point.close": _("Check-in point closed"),
    "point.open": _("Check-in point opened"),
    "point.reopen": _("Check-in point reopened"),
    "point.rotate": _("Code of a check-in point replaced"),
    "publishing.correct": _("Correction published"),
    "objection.note": _("Handling record of an objection written"),
    "objection.receive": _("Objection received"),
    "objection.reveal": _("Objector shown"),
    "objection.settle": _("Objection settled"),
    "recommendation.decide": _("Case recommended, sent back or declined"),
    "recommendation.rank": _("Recommended cases ranked anew"),
    "recommendation.reopen": _("List of recommendations opened again"),
    "recommendation.send": _("List of recommendations sent"),
    "recommendation.take_off": _("Recommendation taken back"),
    "region.add": _("Region added"),
    "region.rename": _("Region renamed"),
    "report.send": _("Report remembered as sent"),
    "template.add": _("Report template kept"),
    "template.use": _("Report template put in use"),
    "template.stop": _("Report template taken out of use"),
    "question.answer": _("Question about a figure answered"),
    "question.ask": _("Unit asked about a figure"),
    "review.give": _("Opinion on a case given"),
    "review.look": _("Case of a blind review opened with its names"),
    "review.peek": _("Names of a blind case shown to its reviewer"),
    "return.answer": _("List of a return answered"),
    "return.ask_time": _("More time asked for on a return"),
    "return.collect": _("Item put on the list of a return"),
    "return.drop": _("Item taken off the list of a return"),
    "return.judge": _("Answer to a return judged"),
    "return.remind": _("Reminded of a return"),
    "return.settle_time": _("Wish for more time on a return settled"),
    "role.grant": _("Role given"),
    "role.revoke": _("Role revoked"),
    "step.add": _("Step of the development added"),
    "step.change": _("Step of the development changed"),
    "step.restore": _("Step of the development restored"),
    "step.retire": _("Step of the development retired"),
    "target.change": _("Target changed"),
    "target.promise": _("Target set"),
    "target.withdraw": _("Target withdrawn"),
    "duty.add": _("Duty added"),
    "duty.change": _("Duty renamed or ended"),
    "phrase.add": _("First sentence added"),
    "phrase.change": _("First sentence changed"),
    "phrase.drop": _("First sentence taken off the list"),
    "term.add": _("Term rule added"),
    "term.change": _("Term rule changed"),
    "term.restore": _("Term rule restored"),
    "term.retire": _("Term rule retired"),
    "value.put_back": _("Former value put back"),
    "value.tidy": _("Value tidied"),
    "vehicle.change": _("Vehicle changed"),
    "venue.change": _("Venue changed"),
    "venue.close": _("Venue closed"),
    "venue.merge": _("Venues merged"),
    "venue.open": _("Venue opened"),
    "venue.reopen": _("Venue opened again"),
    "venue.unmerge": _("Merge of venues undone"),
    "visit.record": _("Enterprise visit noted"),
}

OUTCOMES = {
    "done": _("done"),
    "403": _("refused: no permission"),
    "404": _("refused: not in scope"),
    "failed": _("did not succeed"),
    "limit": _("refused: daily limit"),
}


class AuditEventQuerySet(models.QuerySet):
    """Reads of the log."""

    def visible_to(self, user: User) -> "AuditEventQuerySet":
        """Keep what accounts under the auditor's organisations did; who audits every root sees what nobody did too."""
        paths = user.paths(Permission.READ_AUDIT)
        roots = Organisation.objects.filter(parent=None).values_list("path", flat=True)
        if paths and all(any(root.startswith(path) for path in paths) for root in roots):
            return self
        return self.filter(actor_id__in=User.objects.filter(under_paths("organisation__path", paths)).values("pk"))


class AuditEvent(models.Model):
    """Who did what to which row. Written by `members.audit.record` alone; triggers number, chain and protect it.

    `actor_id` and `object_id` are plain numbers, not foreign keys: history survives what it speaks of.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("account"), null=True)
    event = models.CharField(_("event"), max_length=60)
    object_type = models.CharField(_("kind of row"), max_length=60, blank=True)
    object_id = models.BigIntegerField(_("row"), null=True)
    outcome = models.CharField(_("outcome"), max_length=20)
    detail = models.JSONField(_("detail"), default=dict)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            models.Index(fields=["actor_id", "-number"], name="audit_actor"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.event}"

    @property
    def event_label(self) -> str:
        """The event in words where we have them, else its code."""
        return str(LABELS.get(self.event, self.event))

    @property
    def step_label(self) -> str:
        """The state that a lead was moved to, in words; "" for anything else."""
        state = self.detail.get("after") if self.event == "lead.move" else None
        return str(LeadState(state).label) if state in LeadState.values else ""

    @property
    def object_label(self) -> str:
        """What kind of row it speaks of, else the name it was recorded under: history outlives tables."""
        try:
            return str(apps.get_model(self.object_type)._meta.verbose_name)
        except (LookupError, ValueError):
            return self.object_type

    @property
    def outcome_label(self) -> str:
        """The outcome in words where we have them, else its code."""
        return str(OUTCOMES.get(self.outcome, self.outcome))

    @property
    def detail_words(self) -> str:
        """Ids, field names and counts on one line."""
        return "; ".join(
            f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
            for name, value in sorted(self.detail.items())
            if value not in (None, [], "")
        )
