/* Listening sockets of the web server. */
#ifndef IC_SHELL_WEB_LISTEN_H
#define IC_SHELL_WEB_LISTEN_H

#include "shell/web_state.h"

/* Bind and listen on address i of the configuration.
 *  IC_ERR_SYSTEM  *why holds one line, lent until the next call */
IC_NODISCARD enum ic_err ic_web_listen_open(struct ic_web *web, size_t i, const char **why);
void ic_web_listen_close(struct ic_web_listener *listener);
/* Listen again after a pause for want of descriptors. */
void ic_web_listen_resume(struct ic_web *web);

#endif
