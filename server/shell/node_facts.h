/* What this machine says about itself: the text of its node certificate (docs/protocol/nodes.md 2),
 * which operators sign. */
#ifndef IC_SHELL_NODE_FACTS_H
#define IC_SHELL_NODE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wr.h"
#include "cluster/node_cert.h"
#include "shell/config.h"
#include "shell/data_dir.h"

/* It begins so much before it is made: clocks differ. */
#define IC_NODE_FACTS_BACK_S 600

struct ic_node_facts {
    const struct ic_config *config;  /* borrowed */
    const struct ic_data_dir *data;  /* borrowed; dtls.pem and receipt.key are made if missing */
    const struct ic_addr *addresses; /* borrowed */
    size_t address_count;
    uint64_t serial, now_s;
    uint32_t days; /* of validity, at most 14 */
};

/* Append the text. False: why says which setting to change. */
bool ic_node_facts_write(struct ic_wr *w, const struct ic_node_facts *facts,
                         char why[static IC_CONFIG_WHY_MAX]);
/* The name of this node: node_name, or the host that people see first. */
void ic_node_facts_name(const struct ic_config *config, char out[static IC_NODE_NAME_MAX + 1]);

#endif
