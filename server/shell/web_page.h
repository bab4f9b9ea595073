/* Embedded files, and the one page that may be elsewhere: the link of a meeting that another node
 * has. That node is told by its name as it stands in its certificate; this one has learned the
 * meeting's id and nothing else (what stands behind # stays in the browser). */
#ifndef IC_SHELL_WEB_PAGE_H
#define IC_SHELL_WEB_PAGE_H

#include "shell/web_state.h"

/* A file is asked for; of "/m/<id>" the handlers are asked first, if they want to be. */
void ic_web_page_on_request(struct ic_web_conn *conn, const struct ic_http1_request *request,
                            const struct ic_web_asset *asset);
/* The handlers answer: the page itself (host NULL), or 307 to the same path at that host. */
void ic_web_page_answer(struct ic_web_conn *conn, const char *host);

#endif
