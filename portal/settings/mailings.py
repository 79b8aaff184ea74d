"""What goes to many, and what comes back."""

from portal.settings import environment as env

# What goes to many: how many connections to the relay, how much in a minute to all and to one domain (0: no bound),
# and the mailbox to which relays return what they cannot deliver.
BULK_CONNECTIONS = env.number("SAWT_BULK_CONNECTIONS", 4)
BULK_PER_MINUTE = env.number("SAWT_BULK_PER_MINUTE", 0)
BULK_PER_DOMAIN = env.number("SAWT_BULK_PER_DOMAIN", 0)
# When the newsletter goes out: Mondays at this hour, by the clock of this zone; and for how many hours it may be late.
NEWSLETTER_HOUR = env.number("SAWT_NEWSLETTER_HOUR", 8)
NEWSLETTER_ZONE = env.text("SAWT_NEWSLETTER_ZONE", "Asia/Riyadh")
NEWSLETTER_LATE_HOURS = env.number("SAWT_NEWSLETTER_LATE_HOURS", 10)
# Whether links in the mail lead through the portal, which counts how often each is followed, never by whom.
NEWSLETTER_COUNT_CLICKS = env.flag("SAWT_NEWSLETTER_COUNT_CLICKS")
BOUNCE_EMAIL = env.text("SAWT_BOUNCE_EMAIL", "bounces@sawt.example")
# The provider that tells of returned mail by webhook: its calls bring the password, and are signed where it does that.
MAIL_PROVIDER = env.one_of("SAWT_MAIL_PROVIDER", ("", "mailgun", "mailjet", "postmark", "sendgrid", "sparkpost"))
_PROVIDER_KEY = env.text("SAWT_MAIL_PROVIDER_KEY", "") or None
ANYMAIL = {
    "WEBHOOK_SECRET": env.text("SAWT_MAIL_PROVIDER_SECRET", ""),
    "MAILGUN_WEBHOOK_SIGNING_KEY": _PROVIDER_KEY,
    "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": _PROVIDER_KEY,
}
# Where that is read: none without a host. The copies of canary readers arrive there as well.
BOUNCE_IMAP = {
    "host": env.text("SAWT_BOUNCE_IMAP_HOST", ""),
    "port": env.number("SAWT_BOUNCE_IMAP_PORT", 993),
    "user": env.text("SAWT_BOUNCE_IMAP_USER", ""),
    "password": env.text("SAWT_BOUNCE_IMAP_PASSWORD", ""),
    "tls": env.one_of("SAWT_BOUNCE_IMAP_TLS", ("ssl", "starttls", "none")),
    "folder": env.text("SAWT_BOUNCE_IMAP_FOLDER", "INBOX"),
    "done_folder": env.text("SAWT_BOUNCE_IMAP_DONE_FOLDER", ""),
}
