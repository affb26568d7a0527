"""The inbox in a process: the form of each channel, the partners of the settings, and the worker's part.

May import: every room.
"""

from __future__ import annotations

from carnet.feeds.folder.form import FolderForm
from carnet.feeds.hl7.copies import Post
from carnet.feeds.hl7.form import Hl7Form
from carnet.feeds.mail.form import MailForm
from carnet.feeds.reimbursements.form import ReimbursementForm
from carnet.record.inbox.again import forget_old, try_again
from carnet.record.inbox.message import Channel, Form, Partner
from carnet.record.inbox.take import Inbox
from carnet.record.stores import Stores
from carnet.roles.settings import Settings
from carnet.roles.settings_feeds import PartnerSetting
from carnet.roles.wiring import policy_of

INBOX_SECONDS = 5.0     # between two looks at what is due


def inbox_of(stores: Stores, settings: Settings) -> Inbox:
    """The inbox of this platform, with every channel that its settings open."""
    return Inbox(stores, _forms(settings))


def partner_of(setting: PartnerSetting) -> Partner:
    """A partner of the settings, as messages name it."""
    return Partner(setting.id, setting.organisation, setting.name, setting.software)


async def work_on_inbox(inbox: Inbox, days: int) -> None:
    """One look at the inbox: what is due, as long as there is some, then what is kept too long."""
    while await try_again(inbox):
        continue
    await forget_old(inbox, days=days)


def _forms(settings: Settings) -> dict[Channel, Form]:
    post = Post(settings.mail_mailbox, settings.mail_patient_domain)
    replies = {each.id: each.hl7_reply for each in settings.partners if each.hl7_reply}
    addresses = {each.id: each.mail_addresses for each in settings.partners}
    return {Channel.FOLDER: FolderForm(), Channel.HL7: Hl7Form(replies, post, policy_of(settings)),
            Channel.MAIL: MailForm(settings.mail_mailbox, addresses),
            Channel.REIMBURSEMENT: ReimbursementForm()}
