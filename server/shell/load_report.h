/* The result of a load test, for people and for programs. */
#ifndef IC_SHELL_LOAD_REPORT_H
#define IC_SHELL_LOAD_REPORT_H

#include "shell/load_run.h"

void ic_load_report_print(const struct ic_load_result *r);
/* One line. */
void ic_load_report_print_json(const struct ic_load_result *r);

#endif
