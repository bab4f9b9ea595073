# bench/yardstick.c: the bare loop that the server is measured against (make bench T=forward).
# bench/srtp.c: what the engines take for a packet (make bench T=srtp).
# bench/budget.c: the counts of make bench-quick; it needs Valgrind's headers.

if(NOT IC_FUZZ)
    add_executable(yardstick EXCLUDE_FROM_ALL bench/yardstick.c)
    target_compile_options(yardstick PRIVATE ${IC_WARNINGS})
    target_link_libraries(yardstick PRIVATE ic_transport PkgConfig::JANSSON)
    add_executable(srtp EXCLUDE_FROM_ALL bench/srtp.c)
    target_compile_options(srtp PRIVATE ${IC_WARNINGS})
    target_link_libraries(srtp PRIVATE ic_transport)
    add_executable(budget EXCLUDE_FROM_ALL bench/budget.c)
    target_compile_options(budget PRIVATE ${IC_WARNINGS})
    # Time, chance and the kernel are the program's own.
    target_link_options(budget PRIVATE -Wl,--wrap=ic_loop_turn -Wl,--wrap=ic_loop_rest -Wl,--wrap=ic_clock_now -Wl,--wrap=ic_clock_wall_us
                        -Wl,--wrap=ic_entropy_kernel -Wl,--wrap=ic_entropy_u64 -Wl,--wrap=send
                        -Wl,--wrap=sendmsg -Wl,--wrap=sendmmsg -Wl,--wrap=recvmmsg)
    target_link_libraries(budget PRIVATE ic_shell)
endif()
