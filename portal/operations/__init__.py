"""Running the portal: database roles, logs, measures, backups. Nothing else imports it."""
