/* Every verb of the command line. Each reads its own options and gives the exit code of the process. */
#ifndef TIPSTAFF_CLI_VERB_H
#define TIPSTAFF_CLI_VERB_H

#include "cli/options.h"

#endif
