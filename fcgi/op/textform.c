/*
 * textform.c: the "format" keyword of JSON Schema, leniently.
 */
#include "op/textform.h"

#include <string.h>

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* n digits at s[from], within low..high. */
static bool
digits(struct str s, size_t from, size_t n, int low, int high)
{
	int v = 0;

	if (s.n < from + n)
		return false;
	for (size_t i = from; i < from + n; i++) {
		if (!digit(s.p[i]))
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	return v >= low && v <= high;
}

static bool
date(struct str s)
{
	static const char length[] = {
	    31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int month, day, year;

	if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' ||
	    !digits(s, 0, 4, 0, 9999) || !digits(s, 5, 2, 1, 12) ||
	    !digits(s, 8, 2, 1, 31))
		return false;
	year = (s.p[2] - '0') * 10 + s.p[3] - '0';
	if (year == 0)
		year = (s.p[0] - '0') * 10 + s.p[1] - '0'; /* 2000, not 1900 */
	month = (s.p[5] - '0') * 10 + s.p[6] - '0';
	day = (s.p[8] - '0') * 10 + s.p[9] - '0';
	return day <= length[month - 1] &&
	    (month != 2 || day < 29 || year % 4 == 0);
}

/* "Z" or "+01:30" */
static bool
offset(struct str s)
{
	if (s.n == 1)
		return s.p[0] == 'Z' || s.p[0] == 'z';
	return s.n == 6 && (s.p[0] == '+' || s.p[0] == '-') && s.p[3] == ':' &&
	    digits(s, 1, 2, 0, 23) && digits(s, 4, 2, 0, 59);
}

static bool
clock_time(struct str s)
{
	size_t i = 8;

	if (!digits(s, 0, 2, 0, 23) || !digits(s, 3, 2, 0, 59) ||
	    !digits(s, 6, 2, 0, 60) || s.p[2] != ':' || s.p[5] != ':')
		return false;
	if (i < s.n && s.p[i] == '.') {
		if (!digits(s, i + 1, 1, 0, 9))
			return false;
		for (i++; i < s.n && digit(s.p[i]);)
			i++;
	}
	return offset(str_sub(s, i, s.n));
}

static bool
date_time(struct str s)
{
	return s.n > 11 &&
	    (s.p[10] == 'T' || s.p[10] == 't' || s.p[10] == ' ') &&
	    date(str_sub(s, 0, 10)) && clock_time(str_sub(s, 11, s.n));
}

static bool
blank_or_control(struct str s)
{
	return str_index(s, ' ') < s.n || str_has_control(s, "");
}

static bool
email(struct str s)
{
	size_t at = str_index(s, '@');
	struct str host = str_sub(s, at + 1, s.n);

	return at > 0 && at < s.n && host.n > 0 &&
	    str_index(host, '@') == host.n && !blank_or_control(s);
}

static bool
uri(struct str s)
{
	size_t colon = str_index(s, ':');

	if (colon == 0 || colon == s.n || blank_or_control(s))
		return false;
	for (size_t i = 0; i < colon; i++) {
		char c = (char)(s.p[i] | 0x20);

		if ((c < 'a' || c > 'z') &&
		    (i == 0 ||
			(!digit(s.p[i]) && strchr("+-.", s.p[i]) == NULL)))
			return false;
	}
	return true;
}

bool
textform_ok(const char *format, struct str text)
{
	static const struct {
		const char *name;
		bool (*ok)(struct str);
	} forms[] = {
	    {"date-time", date_time},
	    {"date", date},
	    {"time", clock_time},
	    {"email", email},
	    {"uri", uri},
	    {"uuid", str_is_uuid},
	};

	for (size_t i = 0; i < NELEM(forms); i++) {
		if (strcmp(format, forms[i].name) == 0)
			return forms[i].ok(text);
	}
	return true;
}
