/* The program: finds the verb and runs it. */
#include "base/nearest.h"
#include "cli/verb.h"
#include "daemon/daemon.h"
#include "daemon/shim.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int verb_help(const struct verb *verb, int count, char **words);

/* These read their own options, --help included. */
static int verb_shim(const struct verb *verb, int count, char **words)
{
	(void)verb;
	return daemon_shim(count, words);
}

static int verb_up(const struct verb *verb, int count, char **words)
{
	(void)verb;
	return daemon_up(count, words);
}

static int verb_serve(const struct verb *verb, int count, char **words)
{
	(void)verb;
	return daemon_serve(count, words);
}

#define OBJECTS(plural, what)                                                                                          \
	{plural, "ls|get|add|set|rm ...", what, NULL, "Register", verb_objects}

/* In the order of the overview; a heading is printed where the group changes. */
static const struct verb verbs[] = {
	{"up", "[--data DIR] [--listen ADDR:PORT]", "Start a server on this machine; nothing is asked", NULL, "Start",
	 verb_up},
	{"serve", "--config FILE [--check]", "Start a server for production", NULL, "Start", verb_serve},
	{"demo", "[--keep]", "The whole story in a minute, with a real MCP server and client", NULL, "Start", verb_demo},
	{"shim", "[--listen ADDR:PORT] [--token-file FILE] -- COMMAND ...", "Offer a stdio MCP server as HTTP on loopback", NULL,
	 "Start", verb_shim},
	{"status", "[--json]", "What is in force now, from live traffic", NULL, "See", verb_status},
	{"doctor", "[--json]", "Is everything as it should be, and what to do about what is not", NULL, "See", verb_doctor},
	{"watch", "[--agent AGENT] [--count N] [--json]", "See what happens, live", NULL, "See", verb_watch},
	{"why", "ID [--json]", "Explain a decision on one screen", NULL, "See", verb_why},
	{"trace", "ID [--json]", "Everything that belongs to a decision, task or chain, in order", NULL, "See", verb_trace},
	{"decisions", "[--agent AGENT] [--decision WORD] [--since TIME] [--json]", "List decisions, the newest first", NULL,
	 "See", verb_decisions},
	{"unknown", "[--json]", "Callers that knocked without being registered", NULL, "See", verb_unknown},
	OBJECTS("agents", "AI systems: owner, purpose, class, state"),
	OBJECTS("principals", "Humans and services that agents act for"),
	OBJECTS("purposes", "Named business functions"),
	OBJECTS("servers", "MCP servers behind the gateway"),
	OBJECTS("tools", "What the servers offer, pinned"),
	OBJECTS("grants", "Who may use which tools for which purpose until when"),
	OBJECTS("tasks", "Declared, bounded pieces of work"),
	{"policies", "ls|get|add|set|rm|history|show|rollback ...", "Cedar policies, and the sets that were in force",
	 "The sets that were in force:\n"
	 "  history   [--json]                               List them, the newest first\n"
	 "  show      VERSION|DIGEST [--dir DIR]             The texts that a digest stands for\n"
	 "  rollback  VERSION [--reason TEXT] [--dry-run]    Bring one back, as a new version\n",
	 "Register", verb_policies},
	OBJECTS("suites", "Tests that policies must pass to take effect"),
	OBJECTS("entities", "Users, records and other entities that policies read"),
	OBJECTS("peps", "Enforcement points that ask over AuthZEN"),
	{"apply", "-f FILE|DIR [--dry-run] [--json]", "Make the registry what files say, and show the difference", NULL,
	 "Register", verb_apply},
	{"check", "--agent AGENT --tool SERVER.TOOL [--arguments JSON] [--purpose PURPOSE]",
	 "Would this be permitted? The exit code says: 0, 10, 11, 12",
	 "example:\n  tipstaff check --agent bot --tool fs.write_file --arguments '{\"path\":\"/tmp/a\"}' --purpose support\n",
	 "Decide", verb_check},
	{"policy", "check|test|eval|analyze|diff|simulate|translate|format ...", "Policies as files: check, test and try them without a server",
	 NULL, "Decide", verb_policy},
	{"suspend", "AGENT [--reason TEXT]", "Stop an agent; its grants are kept", NULL, "Act", verb_move_agent},
	{"resume", "AGENT [--reason TEXT]", "Let a stopped agent act again", NULL, "Act", verb_move_agent},
	{"quarantine", "AGENT [--reason TEXT]", "Stop an agent and revoke its tokens", NULL, "Act", verb_move_agent},
	{"retire", "AGENT [--reason TEXT]", "End an agent for good", NULL, "Act", verb_move_agent},
	{"enforce", "AGENT", "Stop denied calls of this agent", NULL, "Act", verb_move_agent},
	{"observe", "AGENT", "Record denied calls of this agent and let them through", NULL, "Act", verb_move_agent},
	{"log", "verify [--dir DIR] [--key KEY|FILE] [--json]", "Verify the evidence log, or a copy of it, offline", NULL,
	 "Prove", verb_log},
	{"keygen", "FILE", "Make an agent's key pair: private into FILE, public on the screen",
	 "example:\n  tipstaff keygen bot.key > bot.pub\n  tipstaff agents add bot --owner bob --purpose support --key bot.pub\n",
	 "For agents", verb_keygen},
	{"token", "--agent AGENT --key FILE --task TASK|--purpose PURPOSE", "Get a task token, as an agent would",
	 "example:\n  tipstaff token --agent bot --key bot.key --purpose support --scope \"fs.read_file fs.list_directory\"\n",
	 "For agents", verb_token},
	{"help", "[VERB]", "Show all verbs, or how to use one", NULL, "Help", verb_help},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int unknown_verb(const char *name)
{
	const char *names[VERB_COUNT];
	for (size_t i = 0; i < VERB_COUNT; i++)
		names[i] = verbs[i].name;
	const char *meant = nearest_name(slice_of(name), names, VERB_COUNT);
	fprintf(stderr, "tipstaff: unknown verb \"%s\"", name);
	if (meant)
		fprintf(stderr, "; did you mean \"tipstaff %s\"?", meant);
	fprintf(stderr, "\nall verbs: tipstaff --help\n");
	return error_exit(E_USAGE);
}

static void overview(FILE *to)
{
	const char *group = "";
	fprintf(to, "tipstaff: the runtime authority for AI agents\n\nusage: tipstaff VERB [ARGUMENTS]\n");
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(group, verbs[i].group) != 0)
			fprintf(to, "\n%s\n", verbs[i].group);
		group = verbs[i].group;
		fprintf(to, "  %-12s %s\n", verbs[i].name, verbs[i].summary);
	}
	fprintf(to, "\nFirst steps:   tipstaff demo          the whole story in a minute\n"
		    "               tipstaff up            a server on this machine\n"
		    "More on one:   tipstaff VERB --help\n"
		    "Exit codes:    0 ok or permit, 10 deny, 11 gate, 12 no decision, 64 and above: wrong usage or error\n");
}

static int verb_help(const struct verb *verb, int count, char **words)
{
	struct option_words given;
	int code = options_begin(verb, NULL, 0, count, words, 0, 1, &given);
	if (code != OPTIONS_GO)
		return code;
	if (given.count == 0) {
		overview(stdout);
		return 0;
	}
	const struct verb *about = find_verb(given.items[0]);
	if (!about)
		return unknown_verb(given.items[0]);
	char help[] = "--help";
	char *only_help[] = {help};
	return about->run(about, 1, only_help);
}

static bool is_word(const char *word, const char *a, const char *b)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* An answer that could not be written is no answer. Whoever stopped reading a pipe knows it. */
static bool flush_answer(void)
{
	struct stat facts;
	bool fine = fflush(stdout) == 0 && !ferror(stdout);
	bool is_pipe = fstat(STDOUT_FILENO, &facts) == 0 && (S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode));
	if (!fine && !is_pipe)
		fputs("tipstaff: the answer could not be written\n", stderr);
	return fine;
}

int main(int count, char **words)
{
	/* A reader that goes away ends a write with an error, which each writer sees. */
	signal(SIGPIPE, SIG_IGN);
	if (count < 2) {
		overview(stderr);
		return error_exit(E_USAGE);
	}
	if (is_word(words[1], "--help", "-h")) {
		overview(stdout);
		return 0;
	}
	if (is_word(words[1], "--version", "version")) {
		printf("tipstaff %s\n", TIPSTAFF_VERSION);
		return 0;
	}
	const struct verb *verb = find_verb(words[1]);
	if (!verb)
		return unknown_verb(words[1]);
	int code = verb->run(verb, count - 2, words + 2);
	return flush_answer() ? code : code == 0 ? error_exit(E_IO) : code;
}
