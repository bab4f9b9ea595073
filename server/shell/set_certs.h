/* The certificates of a deployment, all of them: those that the node set in force names, out of a
 * copy of the log. Each is proved as a client would prove it (docs/protocol/nodes.md 8, 1 to 6). */
#ifndef IC_SHELL_SET_CERTS_H
#define IC_SHELL_SET_CERTS_H

#include "cluster/egress.h"
#include "shell/node_papers.h"

/* out has places for IC_NODE_CLAIMS_MAX. A certificate whose dates do not hold now is there all the
 * same: whoever filters looks at them.
 *  false  why: one of the set is not in the log, or not proved; the copy cannot be read */
bool ic_set_certs_read(const char *log_folder, const struct ic_node_proved *proved, uint64_t now_s,
                       struct ic_egress_cert *out, size_t *count,
                       char why[static IC_CONFIG_WHY_MAX]);

#endif
