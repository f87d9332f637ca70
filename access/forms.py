"""The forms of sign-in, people and tokens."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.apps import apps
from django.contrib.auth import get_user_model, password_validation
from django.http import HttpRequest, HttpResponse

from access import sessions
from access.models import Binding
from access.policy import ROLES

NEW_PASSWORD = {"autocomplete": "new-password"}


class Plain(forms.BaseForm):
    """No colon after a label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class SignIn(LoginForm):
    """allauth's form; the session ends after a working day, whatever happens in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)  # the label says it

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response = super().login(request, redirect_url)
        sessions.end_today(request)
        return response


class EmailForm(Plain, forms.Form):
    email = forms.EmailField(label="E-mail", max_length=150)

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        others = get_user_model().objects.exclude(pk=self.user.pk if self.user else None)
        if others.filter(username=email).exists() or others.filter(email__iexact=email).exists():
            raise forms.ValidationError("Somebody with this e-mail is already here.")
        return email


class Account(EmailForm):
    """One's own e-mail, and the first password of somebody who came by a link."""

    current = forms.CharField(
        label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    password = forms.CharField(
        label="New password",
        widget=forms.PasswordInput(attrs=NEW_PASSWORD),
        help_text="At least 8 characters, and none of the common ones.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password" if self.user.has_usable_password() else "current"]

    def clean_current(self) -> str:
        if not self.user.check_password(self.cleaned_data["current"]):
            raise forms.ValidationError("This is not your password.")
        return self.cleaned_data["current"]

    def clean_password(self) -> str:
        password_validation.validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]

    def save(self) -> Any:
        self.user.username = self.user.email = self.cleaned_data["email"]
        if "password" in self.cleaned_data:
            self.user.set_password(self.cleaned_data["password"])
        self.user.save()
        return self.user


class Person(EmailForm):
    password = forms.CharField(
        label="First password",
        required=False,
        widget=forms.PasswordInput(attrs=NEW_PASSWORD),
        help_text="Leave it empty to get a one-time sign-in link instead.",
    )

    def clean_password(self) -> str:
        if self.cleaned_data["password"]:
            password_validation.validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]

    def save(self) -> Any:
        email, password = self.cleaned_data["email"], self.cleaned_data["password"]
        return get_user_model().objects.create_user(email, email, password or None)


class Role(Plain, forms.ModelForm):
    role = forms.ChoiceField(choices=[(role, role) for role in ROLES], initial="viewer")

    class Meta:
        model = Binding
        fields = ("cluster", "role", "names")
        labels = {"names": "Topics and groups"}
        help_texts = {"names": "* is all; orders-* is every name that begins with orders-"}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.user = user
        self.fields["cluster"].queryset = apps.get_model("clusters", "Cluster").objects.all()
        self.fields["cluster"].empty_label = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        same = Binding.objects.filter(user=self.instance.user, **cleaned)
        if not self.errors and same.exists():
            raise forms.ValidationError("This role was given already.")
        return cleaned


class NewToken(Plain, forms.Form):
    name = forms.CharField(label="What is it for?", max_length=80)
    days = forms.TypedChoiceField(
        label="Expires",
        choices=[(30, "in 30 days"), (90, "in 90 days"), (365, "in a year"), (0, "never")],
        coerce=int,
        initial=90,
    )
