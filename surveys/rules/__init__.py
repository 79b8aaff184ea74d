"""What holds for questionnaires and answers: plain functions of plain values, but for ``access`` and ``publishing``."""
