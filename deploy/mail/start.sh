#!/bin/sh
# Writes Postfix's configuration from the environment and stays in the foreground.
set -eu
: "${SAWT_MAIL_NAME:?Set SAWT_MAIL_NAME, the name by which the relay introduces itself.}"
: "${SAWT_MAIL_NETWORK:?Set SAWT_MAIL_NETWORK, the network the portal sends from.}"

# Without main.cf postconf writes nothing.
touch /etc/postfix/main.cf
[ -s /etc/postfix/master.cf ] || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf

postconf -e \
    compatibility_level=3.6 \
    maillog_file=/dev/stdout \
    myhostname="$SAWT_MAIL_NAME" \
    mydestination= \
    local_transport="error:no mailboxes here" \
    inet_interfaces=all \
    mynetworks="127.0.0.0/8 $SAWT_MAIL_NETWORK" \
    smtpd_relay_restrictions="permit_mynetworks, reject" \
    smtpd_recipient_restrictions="permit_mynetworks, reject" \
    disable_vrfy_command=yes \
    message_size_limit=26214400 \
    maximal_queue_lifetime=2d \
    bounce_queue_lifetime=2d \
    smtp_tls_security_level="${SAWT_MAIL_TLS:-may}" \
    smtp_tls_CAfile=/etc/ssl/certs/ca-certificates.crt \
    relayhost="${SAWT_MAIL_RELAYHOST:-}"

if [ -n "${SAWT_MAIL_USER:-}" ]; then
    : "${SAWT_MAIL_RELAYHOST:?A user makes sense only with SAWT_MAIL_RELAYHOST.}" "${SAWT_MAIL_PASSWORD:?Set SAWT_MAIL_PASSWORD for SAWT_MAIL_USER.}"
    umask 077
    printf '%s %s:%s\n' "$SAWT_MAIL_RELAYHOST" "$SAWT_MAIL_USER" "$SAWT_MAIL_PASSWORD" > /etc/postfix/relay_password
    postmap /etc/postfix/relay_password
    # A password goes over an encrypted line or not at all.
    postconf -e smtp_sasl_auth_enable=yes smtp_sasl_security_options=noanonymous \
        smtp_sasl_password_maps=hash:/etc/postfix/relay_password smtp_tls_security_level=encrypt
fi

# Debian puts its daemons into a chroot that only its init script furnishes; the container is the fence here.
postconf -F '*/*/chroot = n'

postfix check
exec postfix start-fg
