/* Every verb of the command line. Each reads its own options and gives the exit code of the process. */
#ifndef TIPSTAFF_CLI_VERB_H
#define TIPSTAFF_CLI_VERB_H

#include "cli/options.h"

/* agents, purposes, servers, tools, grants, principals, tasks, policies, entities, peps: the verb's name is the plural. */
int verb_objects(const struct verb *verb, int count, char **words);
/* suspend, resume, quarantine, retire, enforce, observe an agent: the verb's name is the order. */
int verb_move_agent(const struct verb *verb, int count, char **words);

int verb_apply(const struct verb *verb, int count, char **words);
int verb_check(const struct verb *verb, int count, char **words);
int verb_decisions(const struct verb *verb, int count, char **words);
int verb_demo(const struct verb *verb, int count, char **words);
int verb_doctor(const struct verb *verb, int count, char **words);
int verb_keygen(const struct verb *verb, int count, char **words);
int verb_log(const struct verb *verb, int count, char **words);
/* history, show, rollback; else as verb_objects. */
int verb_policies(const struct verb *verb, int count, char **words);
int verb_policy(const struct verb *verb, int count, char **words);
int verb_status(const struct verb *verb, int count, char **words);
int verb_token(const struct verb *verb, int count, char **words);
int verb_trace(const struct verb *verb, int count, char **words);
int verb_unknown(const struct verb *verb, int count, char **words);
int verb_watch(const struct verb *verb, int count, char **words);
int verb_why(const struct verb *verb, int count, char **words);

#endif
