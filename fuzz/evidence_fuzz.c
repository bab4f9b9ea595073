/* room: cluster */
/* Evidence bundles, audited to the end: whatever a bundle holds, the audit comes to a verdict, and
 * what nobody signed is never good. */
#include "base/assert.h"
#include "cluster/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ic_audit audit;
    const struct ic_audit_options options = {.countries = "DEFR", .country_count = 2};
    enum ic_audit_verdict verdict = ic_audit_run(&audit, data, size, &options);
    IC_ASSERT(verdict == audit.verdict && audit.finding_count <= IC_AUDIT_FINDINGS_MAX);
    for (size_t i = 0; i < audit.finding_count; i++) {
        const struct ic_audit_finding *f = &audit.findings[i];
        IC_ASSERT(f->word[0] != '\0' && f->text[0] != '\0' && f->subject[0] != '\0');
        IC_ASSERT(f->weight == IC_AUDIT_OK || verdict != IC_AUDIT_OK);
        IC_ASSERT(f->weight != IC_AUDIT_VIOLATED || verdict == IC_AUDIT_VIOLATED);
    }
    IC_ASSERT(audit.receipts <= audit.evidence.receipt_count && audit.covered_s <= audit.told_s);
    if (verdict == IC_AUDIT_OK)
        IC_ASSERT(audit.receipts > 0 && audit.has_policy && audit.are_nodes_checked);
    return 0;
}
