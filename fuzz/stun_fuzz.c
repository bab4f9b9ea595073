/* room: wire
 * STUN parser and writer: whatever parses is written again and parses to the same. */
#include <stdlib.h>
#include <string.h>

#include "wire/demux.h"
#include "wire/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void require_inside(const uint8_t *data, size_t size, const uint8_t *p, size_t len)
{
    require(p == NULL || (p >= data && len <= size && p <= data + (size - len)));
}

static void write_again(const struct ic_stun *m)
{
    uint8_t bytes[256];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_stun_write_header(&w, m->message_class, m->method, m->transaction);
    if (m->has_priority)
        ic_stun_write_priority(&w, m->priority);
    if (m->has_controlling || m->has_controlled)
        ic_stun_write_role(&w, m->has_controlling, m->tie_breaker);
    if (m->has_use_candidate)
        ic_stun_write_use_candidate(&w);
    if (m->has_mapped)
        ic_stun_write_mapped(&w, &m->mapped);
    if (m->unknown_count > 0)
        ic_stun_write_unknown(&w, m->unknown, m->unknown_count);
    if (m->integrity != NULL)
        ic_stun_set_integrity(&w, ic_stun_write_integrity(&w), m->integrity);
    ic_stun_write_fingerprint(&w);
    struct ic_stun again;
    require(ic_wr_ok(&w) && ic_stun_parse(bytes, w.len, &again) == IC_OK);
    require(again.method == m->method && again.message_class == m->message_class);
    require(again.has_priority == m->has_priority && again.priority == m->priority);
    require(again.has_use_candidate == m->has_use_candidate);
    require(again.has_controlling == m->has_controlling && again.tie_breaker == m->tie_breaker);
    require(again.has_mapped == m->has_mapped && ic_addr_eq(&again.mapped, &m->mapped));
    require((again.integrity == NULL) == (m->integrity == NULL) && again.has_fingerprint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_stun m;
    if (ic_stun_parse(data, size, &m) != IC_OK)
        return 0;
    /* Methods from 0x100 on never get here through the demultiplexer; the parser takes them. */
    require(size % 4 == 0 && (ic_demux(data, size) == IC_DEMUX_STUN || m.method >= 0x100));
    require_inside(data, size, m.transaction, IC_STUN_TRANSACTION_LEN);
    require_inside(data, size, m.username, m.username_len);
    require_inside(data, size, m.integrity, IC_STUN_INTEGRITY_LEN);
    require(m.username_len <= IC_STUN_USERNAME_MAX && m.unknown_count <= IC_STUN_UNKNOWN_MAX);
    require(m.integrity == NULL || m.integrity_offset + 24 <= size);
    require(!(m.has_controlling && m.has_controlled));
    write_again(&m);
    return 0;
}
