/* The directory of a node that is alone: one table in a database of its own. Generations rise over
 * restarts. */
#ifndef IC_SHELL_DIRECTORY_SQLITE_H
#define IC_SHELL_DIRECTORY_SQLITE_H

#include "shell/config.h"
#include "shell/directory_store.h"

/* Open or make the database at path (":memory:" for tests).
 *  entries_max  then IC_ERR_FULL
 *  out          to be closed by its close
 *  why          on error: one line for a person
 *  IC_ERR_SYSTEM  it cannot be used */
IC_NODISCARD enum ic_err ic_directory_sqlite_open(const char *path, uint32_t entries_max,
                                                  struct ic_directory_store *out,
                                                  char why[static IC_CONFIG_WHY_MAX]);

#endif
