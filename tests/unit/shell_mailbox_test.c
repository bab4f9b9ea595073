/* The mailbox: order, bound, and many writers at once (run under TSan by make tsan). */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#include "shell/mailbox.h"

#define WRITERS      4
#define LETTERS_EACH 20000

struct letter {
    uint32_t writer, number;
    uint64_t check;
};

static struct letter letter_of(uint32_t writer, uint32_t number)
{
    return (struct letter){writer, number, (uint64_t)writer * 1000003 + number};
}

static void letters_come_in_order_and_full_says_so(void **state)
{
    (void)state;
    struct ic_mailbox m;
    struct letter out;
    assert_int_equal(ic_mailbox_init(&m, sizeof(struct letter), 4), IC_OK);
    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            struct letter in = letter_of(round, i);
            assert_int_equal(ic_mailbox_put(&m, &in), IC_OK);
        }
        struct letter more = letter_of(9, 9);
        assert_int_equal(ic_mailbox_put(&m, &more), IC_ERR_FULL);
        for (uint32_t i = 0; i < 4; i++) {
            assert_true(ic_mailbox_take(&m, &out));
            assert_int_equal(out.number, i);
            assert_int_equal(out.writer, round);
        }
        assert_false(ic_mailbox_take(&m, &out));
    }
    ic_mailbox_deinit(&m);
}

struct writer {
    struct ic_mailbox *mailbox;
    uint32_t index;
};

static void *write_letters(void *context)
{
    struct writer *w = context;
    for (uint32_t i = 0; i < LETTERS_EACH; i++) {
        struct letter l = letter_of(w->index, i);
        while (ic_mailbox_put(w->mailbox, &l) != IC_OK)
            sched_yield();
    }
    return NULL;
}

static void nothing_is_lost_or_doubled_between_threads(void **state)
{
    (void)state;
    struct ic_mailbox m;
    pthread_t threads[WRITERS];
    struct writer writers[WRITERS];
    uint32_t next[WRITERS] = {0};
    assert_int_equal(ic_mailbox_init(&m, sizeof(struct letter), 64), IC_OK);
    for (uint32_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){&m, i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_letters, &writers[i]), 0);
    }
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, m.event_fd, &event), 0);
    for (uint32_t got = 0; got < WRITERS * LETTERS_EACH;) {
        struct letter l;
        assert_int_equal(epoll_wait(epoll, &event, 1, 10000), 1); /* no wake-up is missed */
        ic_mailbox_clear_event(&m);
        while (ic_mailbox_take(&m, &l)) {
            assert_int_equal(l.number, next[l.writer]++);
            assert_int_equal(l.check, letter_of(l.writer, l.number).check);
            got++;
        }
    }
    for (uint32_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    close(epoll);
    ic_mailbox_deinit(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_come_in_order_and_full_says_so),
        cmocka_unit_test(nothing_is_lost_or_doubled_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
