"""The template pack: each field is named, explained and tied to its error."""

import re

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation


class Sample(forms.Form):
    """One field of each sort."""

    name = forms.CharField(label="Name", help_text="As you like it")
    note = forms.CharField(required=False, max_length=50, widget=forms.Textarea(attrs={"data-counter": True}))
    part = forms.ChoiceField(label="Part", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect, help_text="One")
    agreed = forms.BooleanField(label="Agreed")
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def render(form, source="{{ form|crispy }}"):
    """Render a form by the pack."""
    with translation.override("en"):
        context = Context({"form": form, "request": RequestFactory().get("/"), "csrf_token": "t"})
        return Template("{% load crispy_forms_tags %}" + source).render(context)


def test_labels_help_and_optional_fields():
    html = render(Sample())
    assert '<label for="id_name">Name</label>' in html
    assert 'id="id_name_helptext">As you like it' in html
    assert re.search(r'<input[^>]*id="id_name"[^>]*>', html)[0].count('aria-describedby="id_name_helptext"') == 1
    assert '<label for="id_note">Note <span class="optional">(optional)</span></label>' in html
    assert 'data-counter-for="id_note"' in html
    assert "error-summary" not in html


def test_groups_are_fieldsets_with_ids():
    html = render(Sample())
    assert '<fieldset aria-describedby="id_part_helptext"><legend>Part</legend>' in html
    assert '<label class="choice" for="id_part_0"><input type="radio" name="part" value="a"' in html
    assert 'id="id_part_1"' in html


def test_errors_are_tied_to_their_fields_and_summed_up():
    html = render(Sample({}))
    assert 'id="error-summary" role="alert" tabindex="-1" autofocus' in html
    assert '<a href="#id_name">Name: This field is required.</a>' in html
    assert '<a href="#id_part_0">Part: This field is required.</a>' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert '<fieldset aria-describedby="id_part_helptext id_part_error">' in html
    assert 'id="id_name_error"' in html and 'id="id_part_error"' in html and 'id="id_agreed_error"' in html
    assert html.count('aria-invalid="true"') >= 2


def test_what_was_typed_is_kept_and_inert():
    html = render(Sample({"note": "<script>x</script>" * 9}))
    assert "<script>" not in html
    assert "&lt;script&gt;x&lt;/script&gt;" in html


def test_every_id_is_there_once():
    ids = re.findall(r'\bid="([^"]+)"', render(Sample({})))
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("method", ["post", "get"])
def test_whole_forms_with_layout(method):
    form = Sample()
    form.helper = FormHelper()
    form.helper.form_method = method
    form.helper.layout = Layout(Fieldset("About you", "name", "part"), "note", "agreed", Submit("send", "Send"))
    html = render(form, "{% crispy form %}")
    assert f'method="{method}" novalidate' in html
    assert ("csrfmiddlewaretoken" in html) is (method == "post")
    assert "<legend><b>About you</b></legend>" in html
    assert '<button type="submit" name="send" value="Send" class="btn btn-primary"' in html


def test_a_label_that_is_a_sentence_is_not_joined_to_its_error():
    form = Sample({})
    form.fields["name"].label = "What do you want?"
    assert '<a href="#id_name">This field is required.</a>' in render(form)
