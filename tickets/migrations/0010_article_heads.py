from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models


def _head() -> models.Func:
    words, weights = models.F("words"), models.Value("{a,b}")
    return models.Func(words, weights, function="ts_filter", output_field=SearchVectorField())


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("tickets", "0009_told"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="articletext",
            index=GinIndex(
                _head(), condition=models.Q(language=language), name=f"article_head_{language.replace('-', '_')}"
            ),
        )
        for language in ("ar", "en", "zh-hans")
    ]
