"""Arabic: day before month, ص and م for the hours, Western digits with a point."""

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "j/n/Y"
# Morning or evening never stands on a line without its hour.
TIME_FORMAT = "g:i\u00a0a"
DATETIME_FORMAT = "j F Y، g:i\u00a0a"
SHORT_DATETIME_FORMAT = "j/n/Y g:i\u00a0a"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
FIRST_DAY_OF_WEEK = 0
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M"]
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
