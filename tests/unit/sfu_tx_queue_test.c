#include "support/cmocka_all.h"

#include "sfu/tx_queue.h"

#define PACKETS   8
#define ENTRIES   6
#define RECEIVERS 4

struct fixture {
    struct ic_packet_pool packets;
    struct ic_tx_queue queue;
    struct ic_ref packet[PACKETS];
};

static int set_up(void **state)
{
    static struct fixture f;
    if (ic_packet_pool_init(&f.packets, PACKETS) != IC_OK ||
        ic_tx_queue_init(&f.queue, &f.packets, ENTRIES, RECEIVERS) != IC_OK)
        return -1;
    for (int i = 0; i < PACKETS; i++)
        f.packet[i] = ic_packet_pool_get(&f.packets);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ic_tx_queue_deinit(&f->queue);
    for (int i = 0; i < PACKETS; i++)
        ic_packet_pool_release(&f->packets, f->packet[i]);
    int left = (int)(PACKETS - f->packets.free_count);
    ic_packet_pool_deinit(&f->packets);
    return left;
}

static void add(struct fixture *f, uint32_t receiver, enum ic_tx_kind kind, int packet)
{
    assert_non_null(ic_tx_queue_add(&f->queue, receiver, kind, f->packet[packet]));
}

/* Takes all that waits; writes receivers and packets as digits. */
static void take_all(struct fixture *f, char *out)
{
    uint32_t receiver;
    while (ic_tx_queue_receiver(&f->queue, &receiver)) {
        const struct ic_tx_entry *entry;
        *out++ = (char)('A' + receiver);
        while ((entry = ic_tx_queue_take(&f->queue, receiver)) != NULL) {
            *out++ = (char)('0' + entry->packet.index);
            ic_packet_pool_release(&f->packets, entry->packet);
        }
    }
    *out = '\0';
}

static void one_receiver_after_the_other_each_in_order(void **state)
{
    struct fixture *f = *state;
    char text[32];
    add(f, 2, IC_TX_MEDIA, 0);
    add(f, 0, IC_TX_MEDIA, 0);
    add(f, 2, IC_TX_READY, 1);
    add(f, 3, IC_TX_MEDIA, 2);
    add(f, 0, IC_TX_MEDIA, 2);
    add(f, 2, IC_TX_MEDIA, 2);
    assert_int_equal(ic_packet_pool_at(&f->packets, f->packet[2])->owners, 4);
    take_all(f, text);
    assert_string_equal(text, "C012A02D2");
    add(f, 1, IC_TX_MEDIA, 3); /* and again */
    take_all(f, text);
    assert_string_equal(text, "B3");
}

static void full_is_refused_and_nothing_is_held(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < ENTRIES; i++)
        add(f, i % RECEIVERS, IC_TX_MEDIA, 0);
    assert_int_equal(f->queue.free_count, 0);
    assert_null(ic_tx_queue_add(&f->queue, 0, IC_TX_MEDIA, f->packet[1]));
    assert_int_equal(ic_packet_pool_at(&f->packets, f->packet[1])->owners, 1);
}

static void a_receiver_that_goes_keeps_its_goodbye(void **state)
{
    struct fixture *f = *state;
    char text[32];
    add(f, 1, IC_TX_MEDIA, 0);
    add(f, 2, IC_TX_MEDIA, 0);
    add(f, 1, IC_TX_READY, 1);
    add(f, 1, IC_TX_RETRANSMISSION, 2);
    ic_tx_queue_drop_media(&f->queue, 1);
    assert_int_equal(ic_packet_pool_at(&f->packets, f->packet[2])->owners, 1);
    take_all(f, text);
    assert_string_equal(text, "B1C0");
}

static void a_line_that_ends_leaves_the_others_linked(void **state)
{
    struct fixture *f = *state;
    char text[32];
    for (uint32_t gone = 0; gone < 3; gone++) {
        for (uint32_t i = 0; i < 3; i++)
            add(f, i, IC_TX_MEDIA, (int)i);
        ic_tx_queue_drop_media(&f->queue, gone);
        ic_tx_queue_drop_media(&f->queue, 3); /* had nothing */
        add(f, 3, IC_TX_MEDIA, 3);
        take_all(f, text);
        const char *expected[] = {"B1C2D3", "A0C2D3", "A0B1D3"};
        assert_string_equal(text, expected[gone]);
    }
    assert_int_equal(f->queue.free_count, ENTRIES);
}

static void a_track_that_goes_takes_its_packets_out_of_every_line(void **state)
{
    struct fixture *f = *state;
    static const struct ic_ref gone = {5, 1}, stays = {5, 2};
    char text[32];
    for (int i = 0; i < PACKETS; i++)
        ic_packet_pool_at(&f->packets, f->packet[i])->track = i % 2 == 0 ? gone : stays;
    add(f, 0, IC_TX_MEDIA, 0); /* a line that ends */
    add(f, 1, IC_TX_MEDIA, 1);
    add(f, 1, IC_TX_RETRANSMISSION, 2);
    add(f, 1, IC_TX_READY, 4); /* what the packet was before does not count */
    add(f, 2, IC_TX_RETRANSMISSION, 6);
    add(f, 3, IC_TX_MEDIA, 3);
    ic_tx_queue_drop_track(&f->queue, gone);
    assert_int_equal(ic_packet_pool_at(&f->packets, f->packet[0])->owners, 1);
    assert_int_equal(ic_packet_pool_at(&f->packets, f->packet[6])->owners, 1);
    take_all(f, text);
    assert_string_equal(text, "B14D3");
    assert_int_equal(f->queue.free_count, ENTRIES);
    ic_tx_queue_drop_track(&f->queue, gone); /* nothing is there */
    add(f, 2, IC_TX_MEDIA, 0);
    ic_tx_queue_drop_track(&f->queue, gone);
    take_all(f, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_receiver_after_the_other_each_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(full_is_refused_and_nothing_is_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_receiver_that_goes_keeps_its_goodbye, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_ends_leaves_the_others_linked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_track_that_goes_takes_its_packets_out_of_every_line,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
