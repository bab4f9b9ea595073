/* Where the nodes of a deployment keep which node has which meeting, in words for people: the
 * operator's own, which nobody can check. */
#ifndef IC_SHELL_DIRECTORY_NOTICE_H
#define IC_SHELL_DIRECTORY_NOTICE_H

#include "shell/config.h"

/* The body of /api/v1/nodes/directory (docs/protocol/http.md 8), a JSON object. The caller frees
 * it; NULL: no memory. */
char *ic_directory_notice(const struct ic_config *config);

#endif
