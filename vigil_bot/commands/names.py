"""What things are called that people see on cards; pure."""

from vigil_bot.model.case import CaseState
from vigil_bot.model.decision import Intent, Reason
from vigil_bot.model.feedback import Verdict
from vigil_bot.model.knowledge import ChangeKind, Confidence, EvidenceClass, StaleReason
from vigil_bot.model.policy import LearnedAudience, Mode, MuteScope
from vigil_bot.model.suggestion import SuggestionState
from vigil_bot.texts.catalogue import recognised
from vigil_bot.texts.text import Text, message

MODES: dict[Mode, str] = {
    Mode.OFF: Text("off"),
    Mode.SHADOW: Text("shadow"),
    Mode.PRIVATE: Text("private"),
    Mode.ON: Text("on"),
}
MODE_BUTTONS: dict[Mode, str] = {
    Mode.OFF: Text("Off"),
    Mode.SHADOW: Text("Shadow"),
    Mode.PRIVATE: Text("Private"),
    Mode.ON: Text("On"),
}
AUDIENCES: dict[LearnedAudience, str] = {
    LearnedAudience.CHANNEL: Text("this channel"),
    LearnedAudience.WORKSPACE: Text("this workspace"),
    LearnedAudience.EVERYONE: Text("everyone"),
}
MUTED: dict[MuteScope, str] = {
    MuteScope.THREAD: Text("Muted in this thread."),
    MuteScope.CHANNEL: Text("Muted in this channel."),
    MuteScope.USER: Text("Muted for you."),
}
UNMUTED: dict[MuteScope, str] = {
    MuteScope.THREAD: Text("Not muted in this thread any more."),
    MuteScope.CHANNEL: Text("Not muted in this channel any more."),
    MuteScope.USER: Text("Not muted for you any more."),
}
INTENTS: dict[Intent, str] = {
    Intent.QUESTION: Text("question"),
    Intent.PROBLEM_REPORT: Text("problem report"),
    Intent.STATUS_REQUEST: Text("status request"),
    Intent.ANSWER: Text("answer"),
    Intent.PROMISE: Text("promise"),
    Intent.CONFIRMATION: Text("confirmation"),
    Intent.CLOSURE: Text("closure"),
    Intent.CHATTER: Text("chatter"),
}
DELIVERED: dict[SuggestionState, str] = {
    SuggestionState.DRAFTED: Text("not posted"),
    SuggestionState.POSTING: Text("being posted"),
    SuggestionState.POSTED: Text("posted"),
    SuggestionState.DROPPED: Text("dropped before it was posted: the thread had moved on"),
    SuggestionState.WITHDRAWN: Text("withdrawn"),
    SuggestionState.CORRECTED: Text("corrected"),
}
VERDICTS: dict[str, str] = {
    Verdict.HELPFUL: Text("Verdict: helpful"),
    Verdict.NOT_HELPFUL: Text("Verdict: not helpful"),
    Verdict.ADOPTED: Text("Verdict: sent on"),
    Verdict.RESOLVED: Text("Verdict: solved it"),
    Verdict.DISMISSED: Text("Verdict: dismissed"),
}
CASES: dict[CaseState, str] = {
    CaseState.OPEN: Text("Cases open"),
    CaseState.WAITING_ON_ANALYST: Text("Cases waiting on an analyst"),
    CaseState.WAITING_ON_REQUESTER: Text("Cases waiting on the requester"),
    CaseState.RESOLVED: Text("Cases resolved"),
    CaseState.CLOSED: Text("Cases closed"),
}
CONFIDENCES: dict[Confidence, str] = {
    Confidence.WORK_IN_PROGRESS: Text("work in progress"),
    Confidence.NOT_VALIDATED: Text("not validated"),
    Confidence.VALIDATED: Text("validated"),
    Confidence.ARCHIVED: Text("archived"),
}
EVIDENCE: dict[EvidenceClass, str] = {
    EvidenceClass.REQUESTER_CONFIRMED: Text("the requester confirmed it"),
    EvidenceClass.ANALYST_SAID: Text("an analyst said it"),
    EvidenceClass.SOMEBODY_SAID: Text("somebody said it"),
    EvidenceClass.DOCUMENT: Text("from a document"),
    EvidenceClass.LINK: Text("from a link that an analyst posted"),
    EvidenceClass.IMPORTED: Text("imported"),
}
STALE: dict[StaleReason, str] = {
    StaleReason.DOCUMENT_CHANGED: Text("Its document changed after a person had edited it"),
    StaleReason.DOCUMENT_GONE: Text("Its document is gone"),
    StaleReason.LINK_DIED: Text("The page that it was read from is gone"),
    StaleReason.FAILED_IN_USE: Text("It was found wrong in use"),
}
CHANGES: dict[ChangeKind, str] = {
    ChangeKind.ADD: Text("added"),
    ChangeKind.CONFIRM: Text("confirmed"),
    ChangeKind.UPDATE: Text("updated"),
    ChangeKind.SUPERSEDE: Text("superseded"),
    ChangeKind.EDIT: Text("edited"),
    ChangeKind.ARCHIVE: Text("archived"),
    ChangeKind.REVERT: Text("reverted"),
    ChangeKind.IMPORT: Text("imported"),
    ChangeKind.APPROVE: Text("approved"),
    ChangeKind.REJECT: Text("rejected"),
    ChangeKind.DISPUTE: Text("disputed"),
    ChangeKind.MERGE: Text("merged"),
    ChangeKind.SPLIT: Text("split"),
    ChangeKind.FORGET: Text("forgotten"),
    ChangeKind.MARK: Text("marked"),
}
REASONS: dict[Reason, str] = {
    Reason.MODE_OFF: Text("I am off in this channel."),
    Reason.OWN_MESSAGE: Text("I wrote it myself."),
    Reason.BOT_MESSAGE: Text("A bot wrote it, and I do not read that bot here."),
    Reason.DELETED: Text("It was deleted."),
    Reason.MUTED: Text("I am muted here."),
    Reason.TOO_LATE: Text("It is too long ago to be answered; I only learn from it."),
    Reason.NOT_A_REQUEST: Text("It does not ask for help with something."),
    Reason.TOPIC: Text("It is about a topic that I stay out of here."),
    Reason.OUT_OF_SCOPE: Text("It is not what this channel is for, as its examples teach me."),
    Reason.LANGUAGE: Text("I do not speak this language in this channel."),
    Reason.MERGED: Text("I read it together with the message after it."),
    Reason.ANALYST_ASKING: Text("An analyst asks the requester something; that is not for me."),
    Reason.RESOLVED: Text("The case is solved."),
    Reason.ANSWERED_BY_PERSON: Text("A person is already dealing with it."),
    Reason.BEING_HANDLED: Text("People are at it; I look again when they have been quiet for a while."),
    Reason.QUIET_HOURS: Text("These are quiet hours."),
    Reason.COOLDOWN: Text("I spoke in this channel a moment ago."),
    Reason.DAILY_LIMIT: Text("I have said as much today as I may in this channel."),
    Reason.THREAD_LIMIT: Text("I have said as much as I may in this thread."),
    Reason.NOTHING_FOUND: Text("I know nothing about it."),
    Reason.OTHER_ENVIRONMENT: Text("What I know is about another version or environment."),
    Reason.BELOW_THRESHOLD: Text("What I know is not near enough to be worth an interruption."),
    Reason.NOT_GROUNDED: Text("What I found does not answer it."),
    Reason.OTHER_LANGUAGE: Text("What I know is written in another language."),
    Reason.ALREADY_SAID: Text("It has been said in this thread."),
    Reason.SHADOW: Text("I am in shadow mode: I decide and record, but do not post."),
    Reason.USEFUL: Text("A past case fits well enough."),
    Reason.AGREES: Text("A person said what I know; I agreed with a ✅."),
}

_WHY_CHANGED = (  # what the history of an entry keeps
    message("somebody taught it"),
    message("changed the {name}"),
    message("a person took it for right"),
    message("both are right"),
    message("{entry} replaced {other}"),
    message("{entry} was taken for right"),
    message("undone"),
    message("merged into {entry}"),
    message("merged with {entry}"),
    message("split from {entry}"),
    message("split into {entry}"),
    message("back in {entry}"),
    message("what it rested on was deleted"),
    message("read from a document"),
    message("its document is there again"),
    message("its document changed"),
    message("it is not in its document any more"),
    message("its document says the same"),
    message("its document changed, and a person had edited the entry"),
    message("its document is gone, and a person had edited the entry"),
    message("the page that it was read from is gone"),
    message("more people found it wrong than right"),
)


def reason(stored: str) -> str:
    """Return why an entry was changed, as a text; a person's own words stay."""
    return recognised(stored, _WHY_CHANGED)
