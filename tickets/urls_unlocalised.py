"""Addresses without a language: where gateways hand over what came in by SMS and WhatsApp."""

from django.urls import path

from tickets.views import hooks

urlpatterns = [path("<slug:way>", hooks.hook, name="message_hook")]
