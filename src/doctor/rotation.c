#include "doctor/rotation.h"

#include "base/sbuf.h"
#include "conf/linefile.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

struct search {
	const char *log;
	enum rotation found;
	bool all_copy; /* said before any file was named */

	/* where in a file's settings we are */
	bool in_block, ours, in_script;
};

static bool is_ours(const struct search *s, struct span word)
{
	char pattern[PATH_MAX];
	struct sbuf b = SBUF(pattern);

	if (word.len > 1 && word.p[0] == '"' && word.p[word.len - 1] == '"')
		word = (struct span){ word.p + 1, word.len - 2 };
	if (word.len == 0 || word.p[0] != '/')
		return false;
	sbuf_add(&b, word);
	return sbuf_fitted(&b) && fnmatch(pattern, s->log, 0) == 0;
}

static void note_copies(struct search *s, bool copies)
{
	if (!s->in_block)
		s->all_copy = copies;
	else if (s->ours)
		s->found = copies ? ROTATION_COPIES : ROTATION_FOUND;
}

static void begin_block(struct search *s)
{
	s->in_block = true;
	if (s->ours && s->found == ROTATION_NONE)
		s->found = s->all_copy ? ROTATION_COPIES : ROTATION_FOUND;
}

/* From "postrotate" and its kin to "endscript" it is a shell's text. */
static bool is_script(struct search *s, struct span word)
{
	static const char *const begins[] = { "prerotate", "postrotate",
					      "firstaction", "lastaction",
					      "preremove" };

	if (span_equal(word, SPAN("endscript"))) {
		s->in_script = false;
		return true;
	}
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (span_equal(word, span_of(begins[i])))
			s->in_script = true;
	return s->in_script;
}

static void read_word(struct search *s, struct span word)
{
	if (is_script(s, word))
		return;
	if (span_equal(word, SPAN("{")))
		begin_block(s);
	else if (span_equal(word, SPAN("}")))
		s->in_block = s->ours = false;
	else if (span_equal(word, SPAN("copytruncate")))
		note_copies(s, true);
	else if (span_equal(word, SPAN("nocopytruncate")))
		note_copies(s, false);
	else if (!s->in_block && is_ours(s, word))
		s->ours = true;
}

/* A brace may stand right behind a name. */
static void read_words(struct search *s, struct span text)
{
	while ((text = span_trim_start(text)).len > 0) {
		size_t n = 0;

		while (n < text.len && !span_is_space(text.p[n]))
			n++;
		if (n > 1 && text.p[n - 1] == '{')
			n--;
		read_word(s, (struct span){ text.p, n });
		text = span_skip(text, n);
	}
}

static void read_file(struct search *s, const char *path, struct arena *arena)
{
	struct linefile file;
	struct span line;

	s->in_block = s->ours = s->in_script = false;
	if (linefile_open(&file, path, arena) < 0)
		return;
	while (linefile_next(&file, &line) > 0)
		read_words(s, line);
}

enum rotation rotation_find(const char *settings, const char *folder,
			    const char *log, struct arena *arena)
{
	struct search s = { .log = log };
	DIR *dir = opendir(folder);
	struct dirent *entry;

	read_file(&s, settings, arena);
	while (dir && (entry = readdir(dir))) {
		char path[PATH_MAX];
		struct sbuf b = SBUF(path);

		sbuf_addf(&b, "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.' && sbuf_fitted(&b))
			read_file(&s, path, arena);
	}
	if (dir)
		closedir(dir);
	return s.found;
}
