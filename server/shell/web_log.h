/* The public folder of a transparency log, served as it stands (c2sp.org/tlog-tiles): the
 * checkpoint, and of tiles those that the checkpoint covers. */
#ifndef IC_SHELL_WEB_LOG_H
#define IC_SHELL_WEB_LOG_H

#include "shell/web_conn.h"

#define IC_WEB_LOG_PATH "/log/"

/* Answers GET and HEAD of a path below IC_WEB_LOG_PATH. The files are read in the loop's turn. */
void ic_web_log_on_request(struct ic_web_conn *conn, const struct ic_http1_text *path);

#endif
