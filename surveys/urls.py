"""Addresses of surveys.

Below ``a/`` the secret link of unfinished answers, ``i/`` that of an invitation; ``mine/`` those of the account.

A secret link is the right to write, so nobody else's page can send a form there: no token is asked for, and no cookie
needed.
"""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from surveys.views import answering, entering, inviting, listing, results, staff_results

app_name = "surveys"

urlpatterns = [
    path("", listing.index, name="list"),
    path("invitations/<str:token>/stop/", inviting.no_invitations, name="no_invitations"),
    path("<slug:code>/i/<str:token>/", inviting.invited, name="invited"),
    path("<slug:code>/", listing.start, name="start"),
    path("<slug:code>/begin/", listing.start_answering, name="begin"),
    path("<slug:code>/enter/", entering.enter, name="enter"),
    path("<slug:code>/looks/", entering.looks, name="looks"),
    path("<slug:code>/looks/<uuid:sheet>/", entering.look, name="look"),
    path("<slug:code>/results/", results.public, name="results"),
    path("<slug:code>/results/<slug:dimension>/<slug:value>/", results.public, name="results_part"),
    path("<slug:code>/staff/results/", staff_results.page, name="staff_results"),
    path("<slug:code>/staff/results/cross/", staff_results.crossed, name="staff_cross"),
    path("<slug:code>/staff/results/public/", staff_results.choose, name="staff_public"),
    path("<slug:code>/staff/results/quotes/<slug:question>/", staff_results.quotes, name="staff_quotes"),
    path("<slug:code>/mine/", answering.go_on, name="my_go_on"),
    path("<slug:code>/mine/review/", answering.review, name="my_review"),
    path("<slug:code>/mine/later/", answering.later, name="my_later"),
    path("<slug:code>/mine/done/", answering.done, name="my_done"),
    path("<slug:code>/mine/p/<slug:page>/", answering.page, name="my_page"),
    path("<slug:code>/a/<slug:key>/", answering.go_on, name="go_on"),
    path("<slug:code>/a/<slug:key>/review/", csrf_exempt(answering.review), name="review"),
    path("<slug:code>/a/<slug:key>/later/", answering.later, name="later"),
    path("<slug:code>/a/<slug:key>/done/", answering.done, name="done"),
    path("<slug:code>/a/<slug:key>/p/<slug:page>/", csrf_exempt(answering.page), name="page"),
]
