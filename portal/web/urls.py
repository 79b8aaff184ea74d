from django.urls import path

from portal.web.views import design, home

app_name = "web"

urlpatterns = [
    path("", home.home, name="home"),
    path("design/", design.design, name="design"),
]
