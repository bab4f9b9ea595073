/* The header field Content-Security-Policy of all answers: what a page may load and whom it may
 * ask. */
#ifndef IC_SHELL_WEB_CSP_H
#define IC_SHELL_WEB_CSP_H

#include "shell/web_nodes.h"
#include "shell/web_server.h"

/* Of it all: our own words, the issuers, the nodes; with the terminator. */
#define IC_WEB_CSP_MAX (1024 + IC_WEB_ISSUERS_MAX * IC_WEB_ISSUER_TEXT_MAX + IC_WEB_NODES_BYTES_MAX)

/* As many nodes as IC_WEB_NODES_MAX and IC_WEB_NODES_BYTES_MAX let in, from the first one on. */
void ic_web_csp_write(const struct ic_web_issuer *issuers, size_t issuer_count,
                      const struct ic_web_nodes *nodes, char out[static IC_WEB_CSP_MAX]);

#endif
