#include "screen/lockup.h"

#include "base/clock.h"
#include "log/log.h"
#include "sandbox/sandbox.h"
#include "state/state.h"

#define HOUR 3600

/* Lock in. False with what is missing in WHY, and *RET_SPEAK: may it be told
 * that this is so, or has that been done lately? */
static bool enter(const struct conf *conf, struct sbuf *why, bool *ret_speak)
{
	static bool entered;
	struct sandbox_state state;
	struct state known;

	*ret_speak = true;
	if (entered || conf->sandbox == SANDBOX_NO)
		return true;
	entered = true;
	log_connect();
	/* the file that remembers must be opened before half a sandbox holds */
	if (conf->sandbox == SANDBOX_TRY && !sandbox_offered()) {
		state_init(&known, conf->state_file);
		*ret_speak = state_once(&known, SPAN("sandbox"), SPAN(""), HOUR,
					clock_wall());
		state_close(&known);
	}
	if (sandbox_enter(SANDBOX_SESSION, &state))
		return true;
	sandbox_describe(&state, why);
	return false;
}

static void tell(const char *why, const char *consequence)
{
	log_warning(LOG_SANDBOX_TROUBLE, "sandbox: %s -- %s", why, consequence);
}

bool lockup_talk(const struct conf *conf)
{
	char memory[256];
	struct sbuf why = SBUF(memory);
	bool speak;

	if (enter(conf, &why, &speak))
		return true;
	if (conf->sandbox == SANDBOX_YES) {
		tell(memory, "clients that would be talked to get 421 until "
			     "the kernel, or what this runs in, allows it; or "
			     "set sandbox = try");
		return false;
	}
	if (speak)
		tell(memory, "clients are talked to with what there is");
	return true;
}

void lockup_carry(const struct conf *conf)
{
	char memory[256];
	struct sbuf why = SBUF(memory);
	bool speak;

	if (!enter(conf, &why, &speak) && speak)
		tell(memory, "sessions that go through here are carried with "
			     "what there is");
}
