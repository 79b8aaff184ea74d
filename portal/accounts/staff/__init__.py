"""What the admin pages of all apps are built on: rights by body, texts side by side, the trail, previews."""
