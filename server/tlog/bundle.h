/* Entry bundles (c2sp.org/tlog-tiles): up to 256 consecutive entries of a log, each behind its
 * length. */
#ifndef IC_TLOG_BUNDLE_H
#define IC_TLOG_BUNDLE_H

#include "base/rd.h"
#include "tlog/tile.h"

/* One more entry, of at most IC_TLOG_ENTRY_MAX bytes (asserted); a full writer turns bad. */
void ic_bundle_append(struct ic_wr *w, const uint8_t *entry, size_t len);

/* The form of a whole bundle of count entries.
 *  IC_ERR_INPUT  it is not one */
IC_NODISCARD enum ic_err ic_bundle_check(const uint8_t *bytes, size_t len, size_t count);
/* The next entry, lent from the bundle that r reads; false at the end and behind a cut one. */
bool ic_bundle_next(struct ic_rd *r, const uint8_t **entry, size_t *len);
/* The bundle has count entries, and their hashes are those of the tile of level 0.
 *  IC_ERR_INPUT   it is no bundle of count entries
 *  IC_ERR_AUTH    one of the entries is another
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_bundle_verify(const uint8_t *bytes, size_t len,
                                          const struct ic_merkle_hash *hashes, size_t count);

#endif
