"""Objects for tests, with the least that makes them valid. Times are relative to now."""

from datetime import timedelta

import factory
from django.utils import timezone

from engagement.comments.models import Comment, Thread
from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation, Section
from engagement.polls.models import Option, Poll
from moderation.models import Ground
from portal.accounts.choices import OrganisationKind, Role, Verification
from portal.accounts.models import Contact, Membership, Organisation, Person
from portal.calendars.choices import Level
from portal.calendars.models import Deadline
from portal.pages.models import Page, Topic
from tickets.models import Article, ArticleCategory


def days(count: float) -> timedelta:
    """Return a span of days."""
    return timedelta(days=count)


class OrganisationFactory(factory.django.DjangoModelFactory):
    """A body of a ministry."""

    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"body-{n}")
    name_ar = factory.Sequence(lambda n: f"الجهة {n}")
    name_en = factory.Sequence(lambda n: f"Body {n}")
    name_zh_hans = factory.Sequence(lambda n: f"机构{n}")
    kind = OrganisationKind.BODY


class PersonFactory(factory.django.DjangoModelFactory):
    """Somebody with a confirmed address. The password of everybody is “password for tests”."""

    class Meta:
        model = Person

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    display_name = factory.Sequence(lambda n: f"Person {n}")
    language = "en"
    verification = Verification.EMAIL
    password = factory.django.Password("password for tests")


class ContactFactory(factory.django.DjangoModelFactory):
    """A guest."""

    class Meta:
        model = Contact

    email = factory.Sequence(lambda n: f"guest{n}@example.org")
    language = "en"


class MembershipFactory(factory.django.DjangoModelFactory):
    """A role in a body."""

    class Meta:
        model = Membership

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.AGENT


def staff(role: Role, organisation: Organisation) -> Person:
    """Return a new person who holds this role in this body and may enter the admin."""
    person = PersonFactory(is_staff=True)
    MembershipFactory(person=person, organisation=organisation, role=role)
    return person


class TopicFactory(factory.django.DjangoModelFactory):
    """A topic."""

    class Meta:
        model = Topic

    code = factory.Sequence(lambda n: f"topic-{n}")
    name_ar = factory.Sequence(lambda n: f"موضوع {n}")
    name_en = factory.Sequence(lambda n: f"Topic {n}")
    name_zh_hans = factory.Sequence(lambda n: f"主题{n}")


class PageFactory(factory.django.DjangoModelFactory):
    """A policy page in three languages."""

    class Meta:
        model = Page

    key = factory.Sequence(lambda n: f"page-{n}")
    title_ar, title_en, title_zh_hans = "سياسة", "Policy", "政策"
    body_ar, body_en, body_zh_hans = "نص", "Text", "正文"
    owner = factory.SubFactory(OrganisationFactory)


class GroundFactory(factory.django.DjangoModelFactory):
    """A ground for hiding."""

    class Meta:
        model = Ground
        django_get_or_create = ("number",)

    number = 2
    code = factory.LazyAttribute(lambda ground: f"ground-{ground.number}")
    title_ar = factory.LazyAttribute(lambda ground: f"سبب {ground.number}")
    title_en = factory.LazyAttribute(lambda ground: f"Ground {ground.number}")
    title_zh_hans = factory.LazyAttribute(lambda ground: f"依据{ground.number}")


class ThreadFactory(factory.django.DjangoModelFactory):
    """A public thread that has opened and closes in ten days."""

    class Meta:
        model = Thread

    organisation = factory.SubFactory(OrganisationFactory)
    is_public = True
    opens_at = factory.LazyFunction(lambda: timezone.now() - days(1))
    closes_at = factory.LazyFunction(lambda: timezone.now() + days(10))


class CommentFactory(factory.django.DjangoModelFactory):
    """A comment straight into the table: counters do not move."""

    class Meta:
        model = Comment

    thread = factory.SubFactory(ThreadFactory)
    author = factory.SubFactory(PersonFactory)
    body = "A bus every ten minutes would do."
    language = "en"


class PollFactory(factory.django.DjangoModelFactory):
    """An open poll with three options, results shown at once."""

    class Meta:
        model = Poll
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    question_ar, question_en, question_zh_hans = "هل تؤيدون؟", "Do you support it?", "您是否支持？"
    is_public = True
    opens_at = factory.LazyFunction(lambda: timezone.now() - days(1))
    closes_at = factory.LazyFunction(lambda: timezone.now() + days(10))

    @factory.post_generation
    def options(self: Poll, create: bool, extracted: object, **kwargs: object) -> None:
        """Add support, neutral and oppose."""
        for position, (code, ar, en, zh) in enumerate(
            [
                ("support", "مؤيد", "Support", "支持"),
                ("neutral", "محايد", "Neutral", "中立"),
                ("oppose", "معارض", "Oppose", "反对"),
            ]
        ):
            Option.objects.create(poll=self, code=code, label_ar=ar, label_en=en, label_zh_hans=zh, position=position)


class DeadlineFactory(factory.django.DjangoModelFactory):
    """A promise of three days."""

    class Meta:
        model = Deadline

    level = Level.CONSULTATION_RESPONSE
    started_at = factory.LazyFunction(timezone.now)
    due_at = factory.LazyAttribute(lambda deadline: deadline.started_at + days(3))


class ConsultationFactory(factory.django.DjangoModelFactory):
    """An open consultation in three languages, with a thread and no poll."""

    class Meta:
        model = Consultation

    slug = factory.Sequence(lambda n: f"consultation-{n}")
    organisation = factory.SubFactory(OrganisationFactory)
    kind = "service"
    title_ar = factory.Sequence(lambda n: f"استشارة {n}")
    title_en = factory.Sequence(lambda n: f"Consultation {n}")
    title_zh_hans = factory.Sequence(lambda n: f"意见征集{n}")
    summary_ar, summary_en, summary_zh_hans = "ملخص", "Summary", "摘要"
    body_ar, body_en, body_zh_hans = "نص", "Text", "正文"
    status = Status.PUBLISHED
    opens_at = factory.LazyFunction(lambda: timezone.now() - days(5))
    closes_at = factory.LazyFunction(lambda: timezone.now() + days(20))
    published_at = factory.LazyAttribute(lambda consultation: consultation.opens_at)
    thread = factory.LazyAttribute(
        lambda consultation: ThreadFactory(
            organisation=consultation.organisation,
            is_public=consultation.status != Status.DRAFT,
            opens_at=consultation.opens_at,
            closes_at=consultation.closes_at,
        )
    )
    response_deadline = factory.LazyAttribute(
        lambda consultation: DeadlineFactory(
            started_at=consultation.closes_at, due_at=consultation.closes_at + days(84)
        )
    )


class SectionFactory(factory.django.DjangoModelFactory):
    """An article of a consultation's draft text."""

    class Meta:
        model = Section

    consultation = factory.SubFactory(ConsultationFactory)
    number = factory.Sequence(lambda n: n + 1)
    title_ar, title_en, title_zh_hans = "المادة", "Article", "条款"
    body_ar, body_en, body_zh_hans = "نص المادة", "Text of the article", "条款正文"
    thread = factory.LazyAttribute(
        lambda section: ThreadFactory(
            organisation=section.consultation.organisation, closes_at=section.consultation.closes_at
        )
    )


class ArticleCategoryFactory(factory.django.DjangoModelFactory):
    """A category of help articles."""

    class Meta:
        model = ArticleCategory

    code = factory.Sequence(lambda n: f"category-{n}")
    name_ar = factory.Sequence(lambda n: f"قسم {n}")
    name_en = factory.Sequence(lambda n: f"Category {n}")
    name_zh_hans = factory.Sequence(lambda n: f"分类{n}")


class ArticleFactory(factory.django.DjangoModelFactory):
    """A draft of a help article in three languages."""

    class Meta:
        model = Article

    organisation = factory.SubFactory(OrganisationFactory)
    category = factory.SubFactory(ArticleCategoryFactory)
    title_ar = "كيف أجدد تصريح الوقوف؟"
    title_en = "How do I renew a parking permit?"
    title_zh_hans = "如何续办停车许可？"
    summary_ar = "جددوا تصريحكم عبر الإنترنت قبل انتهائه."
    summary_en = "Renew it online before it ends."
    summary_zh_hans = "请在到期前在网上办理。"
    text_ar = "افتحوا **الخدمة** واختاروا التجديد."
    text_en = "Open the **service** and choose renewal."
    text_zh_hans = "打开**服务**页面，选择续办。"
