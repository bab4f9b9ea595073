/* The operator of a trial server: the server itself, with one key in its data folder. What it signs
 * proves nothing to anybody but that all parts work. */
#ifndef IC_SHELL_NODE_DEV_H
#define IC_SHELL_NODE_DEV_H

#include "shell/node_facts.h"

/* Make operator.key at the first start, and at each start the list of this one key, a certificate
 * and a set of it, and a log of both, in the data folder; as facts says, with the serial of both. A
 * folder that holds the list of other operators is left as it is. False: why says so. */
bool ic_node_dev_sign(const struct ic_node_facts *facts, char why[static IC_CONFIG_WHY_MAX]);

#endif
