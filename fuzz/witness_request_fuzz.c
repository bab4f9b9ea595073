/* room: tlog */
/* What a witness is asked: whatever it is, nothing is cosigned that the log's key has not signed.
 */
#include "base/assert.h"
#include "tlog/witness_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char origin[] = "meet.example.org/log";
    static const uint8_t nobody[IC_ED25519_KEY_LEN] = {1, 2, 3}; /* no key is known for it */
    struct ic_witness_log logs[1] = {{.seen = {.size = 1}}}, *log = NULL;
    struct ic_witness_request request;
    if (ic_witness_request_parse(data, size, &request) != IC_OK)
        return 0;
    IC_ASSERT(request.proof.count <= IC_WITNESS_PROOF_LINES_MAX);
    IC_ASSERT(request.note.text_len < size && request.checkpoint.origin_len > 0);
    IC_ASSERT(ic_note_key_init(&logs[0].key, origin, sizeof origin - 1, nobody) == IC_OK);
    enum ic_witness_verdict verdict = ic_witness_request_judge(&request, logs, 1, &log);
    IC_ASSERT(verdict == IC_WITNESS_UNKNOWN || verdict == IC_WITNESS_UNSIGNED);
    IC_ASSERT((log == NULL) == (verdict == IC_WITNESS_UNKNOWN));
    return 0;
}
