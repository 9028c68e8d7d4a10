#include "conf/conf_file.h"

#include "base/secret.h"
#include "conf/expand.h"
#include "conf/postfix_names.h"

#include <errno.h>

bool conf_file_init(struct conf_file *f, struct arena *arena,
		    struct report *report)
{
	*f = (struct conf_file){ .arena = arena, .report = report };
	f->last = &f->first;
	f->ours = arena_array(arena, parameter_count, sizeof(*f->ours));
	f->full = !f->ours;
	return !f->full;
}

/* FNV-1a: short names, and nobody but the administrator chooses them. */
static uint32_t hash_of(struct span name)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.p[i]) * 16777619U;
	return hash ^ hash >> 16;
}

static struct setting **bucket_of(const struct conf_file *f, uint32_t hash)
{
	return &f->bucket[hash % CONF_FILE_BUCKETS];
}

struct setting *conf_file_ours(const struct conf_file *f,
			       const struct parameter *p)
{
	return f->ours[p - parameters];
}

struct setting *conf_file_other(const struct conf_file *f, struct span name)
{
	uint32_t hash = hash_of(name);
	struct setting *s = f->bucket ? *bucket_of(f, hash) : NULL;

	while (s && (s->hash != hash || !span_equal(span_of(s->name), name)))
		s = s->next_in_bucket;
	return s;
}

/* Most files have no other names: then this page is never touched. */
static bool have_buckets(struct conf_file *f)
{
	if (!f->bucket)
		f->bucket = arena_array(f->arena, CONF_FILE_BUCKETS,
					sizeof(*f->bucket));
	return f->bucket;
}

/* The parameter of ours that NAME sets, or NULL. */
static const struct parameter *meant_by(const struct conf_file *f,
					struct span name)
{
	if (f->names_of_postfix && !postfix_names_has(name))
		return NULL;
	return parameter_find(name);
}

/* A fresh entry for NAME, or the one that it has. NULL: the arena is full. */
static struct setting *entry_for(struct conf_file *f, struct span name,
				 bool *ret_fresh)
{
	const struct parameter *p = meant_by(f, name);
	struct setting *s = p ? conf_file_ours(f, p) : conf_file_other(f, name);

	*ret_fresh = !s;
	if (s)
		return s;
	s = arena_alloc(f->arena, sizeof(*s));
	if (!s || (!p && !have_buckets(f)))
		return NULL;
	if (p) {
		f->ours[p - parameters] = s;
	} else {
		struct setting **bucket;

		s->hash = hash_of(name);
		bucket = bucket_of(f, s->hash);
		s->next_in_bucket = *bucket;
		*bucket = s;
		*f->last = s;
		f->last = &s->next;
	}
	return s;
}

/* NAME and TEXT are C strings too, and stay. */
static void set(struct conf_file *f, struct span name, struct span text,
		const char *path, unsigned line)
{
	bool fresh;
	struct setting *s = entry_for(f, name, &fresh);

	if (!s) {
		f->full = true;
		return;
	}
	if (!fresh && path && s->origin.file)
		report_add(f->report, REPORT_WARNING,
			   &(struct origin){ path, line, name.p },
			   "set already in line %u; the last one counts",
			   s->origin.line);
	s->name = name.p;
	s->text = text;
	s->origin = (struct origin){ path, line, name.p };
}

/*
 * Take "name = text" apart in place, as two C strings. The byte behind LINE
 * is ours to write.
 */
static bool split(struct span line, char *writable, struct span *ret_name,
		  struct span *ret_text)
{
	struct span name, text;

	if (!span_cut(line, '=', &name, &text))
		return false;
	name = span_trim(name);
	text = span_trim(text);
	if (name.len == 0)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (span_is_space(name.p[i]))
			return false;
	if (text.len == 0)
		text.p = line.p + line.len;
	writable[name.p - line.p + (ptrdiff_t)name.len] = '\0';
	writable[text.p - line.p + (ptrdiff_t)text.len] = '\0';
	*ret_name = name;
	*ret_text = text;
	return true;
}

/* Enough of a line to recognize it, and no key of a DNS list. */
#define SHOWN 40

static void complain(struct conf_file *f, const struct origin *where,
		     const char *before, struct span line, const char *behind)
{
	char memory[512];
	struct sbuf text = SBUF(memory);

	secret_mask(&text, line, NULL, NULL);
	report_add(f->report, REPORT_ERROR, where, "%s\"%.*s\": %s", before,
		   SHOWN, memory, behind);
}

static void read_line(struct conf_file *f, const char *path, unsigned number,
		      struct span line, char *writable)
{
	struct origin here = { path, number, NULL };
	struct span name, text;

	if (span_is_space(line.p[0]))
		report_add(f->report, REPORT_WARNING, &here,
			   "begins with white space but there is nothing to "
			   "continue; ignored");
	else if (!split(line, writable, &name, &text))
		complain(f, &here, "", line, "expected name = value");
	else
		set(f, name, text, path, number);
}

static int read_lines(struct conf_file *f, const char *path,
		      struct linefile *lines)
{
	char *base = lines->at;
	struct span line;
	int r;

	if ((size_t)(lines->end - lines->at) > CONF_FILE_MAX)
		return -EFBIG;
	while ((r = linefile_next(lines, &line)) != 0) {
		struct origin here = { path, lines->number, NULL };

		if (r < 0)
			report_add(f->report, REPORT_ERROR, &here, "%s",
				   linefile_strerror(-r));
		else
			read_line(f, path, lines->number, line,
				  base + (line.p - base));
	}
	return 0;
}

int conf_file_read(struct conf_file *f, const char *path)
{
	struct linefile lines;
	int r = linefile_open(&lines, path, f->arena);

	return r < 0 ? r : read_lines(f, path, &lines);
}

int conf_file_read_text(struct conf_file *f, const char *path, struct span text)
{
	char *copy = arena_text(f->arena, text);
	struct linefile lines;

	if (!copy)
		return -ENOMEM;
	linefile_over(&lines, copy, text.len);
	return read_lines(f, path, &lines);
}

void conf_file_option(struct conf_file *f, const char *option)
{
	char *copy = arena_text(f->arena, span_of(option));
	struct span line, name, text;

	if (!copy) {
		f->full = true;
		return;
	}
	line = span_of(copy);
	if (split(line, copy, &name, &text))
		set(f, name, text, NULL, 0);
	else
		complain(f, NULL, "option -o ", line, "expected name=value");
}

static void mark_in(const struct conf_file *f, struct span text)
{
	struct span name;
	struct setting *s;

	while (expand_next_name(&text, &name)) {
		s = conf_file_other(f, name);
		if (s)
			s->referenced = true;
	}
}

void conf_file_mark_references(struct conf_file *f)
{
	for (size_t i = 0; i < parameter_count; i++)
		if (f->ours[i])
			mark_in(f, f->ours[i]->text);
	for (const struct setting *s = f->first; s; s = s->next)
		mark_in(f, s->text);
}
