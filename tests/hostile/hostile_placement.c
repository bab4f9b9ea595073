/* The product whose placement lies (linked in with --wrap). With TEST_PLACEMENT_HERE a node carries
 * every meeting that its cluster thread refuses or would end; with TEST_PLACEMENT_LEADS each link
 * leads to the node of that name, wherever it stands. */
#include <stdlib.h>

#include "shell/gate.h"
#include "shell/web_page.h"

__typeof__(ic_gate_input) __real_ic_gate_input, __wrap_ic_gate_input;
__typeof__(ic_web_page_answer) __real_ic_web_page_answer, __wrap_ic_web_page_answer;

void __wrap_ic_gate_input(struct ic_gate *g, struct ic_time now,
                          const struct ic_cluster_answer *answer)
{
    struct ic_cluster_answer here = *answer;
    if (getenv("TEST_PLACEMENT_HERE") != NULL) {
        if (answer->kind == IC_CLUSTER_RELEASE)
            return;
        here.verdict = IC_CLUSTER_HERE;
    }
    __real_ic_gate_input(g, now, &here);
}

void __wrap_ic_web_page_answer(struct ic_web_conn *conn, const char *host)
{
    const char *leads = getenv("TEST_PLACEMENT_LEADS");
    bool is_here = getenv("TEST_PLACEMENT_HERE") != NULL;
    __real_ic_web_page_answer(conn, leads != NULL ? leads : is_here ? NULL : host);
}
