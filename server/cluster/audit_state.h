/* What the two parts of the audit share. Nothing outside of them includes this. */
#ifndef IC_CLUSTER_AUDIT_STATE_H
#define IC_CLUSTER_AUDIT_STATE_H

#include "cluster/audit.h"

/* One more finding; the verdict follows. The subject has a number unless that is 0. */
__attribute__((format(printf, 6, 7))) void ic_audit_find(struct ic_audit *a,
                                                         enum ic_audit_verdict weight,
                                                         const char *subject, size_t number,
                                                         const char *word, const char *format, ...);
/* Checks 1 to 10 of all receipts. */
void ic_audit_receipts(struct ic_audit *a);
/* The country is one of the policy's. */
bool ic_audit_allows(const struct ic_audit *a, const char country[static IC_COUNTRY_LEN]);

#endif
