# tests/unit/<room>_<file>_test.c: one cmocka program each, linked with its room.
# tests/scenarios/<name>_scenario.c: one program each on the simulator.
# tests/audit/<tool>.c: programs for audits, each with a test of its own.
# fuzz/<name>_fuzz.c: one libFuzzer target each; the room is named by a comment "room: <name>".

enable_testing()

if(IC_TESTS AND NOT IC_FUZZ)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
    pkg_check_modules(SRTP2 REQUIRED IMPORTED_TARGET libsrtp2) # oracle, never in the product
    file(GLOB unit_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/unit/*_test.c")
    foreach(source ${unit_sources})
        get_filename_component(name ${source} NAME_WE)
        string(REGEX REPLACE "_.*" "" room ${name})
        string(REGEX REPLACE "_test$" "" test ${name})
        add_executable(${name} ${source})
        target_compile_options(${name} PRIVATE ${IC_WARNINGS})
        target_compile_definitions(${name} PRIVATE IC_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors")
        target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
        target_link_libraries(${name} PRIVATE ic_${room} PkgConfig::CMOCKA PkgConfig::JANSSON PkgConfig::SRTP2)
        add_test(NAME unit.${test} COMMAND ${name})
        set_tests_properties(unit.${test} PROPERTIES LABELS unit TIMEOUT 300)
    endforeach()
    # Real servers, which need their share of the machine to answer in time.
    set_tests_properties(unit.shell_bus_nats unit.shell_directory_nats PROPERTIES RUN_SERIAL TRUE)
    # A hash and a memory that fail, and assertions that are met: each branch of the filter is reached.
    target_link_options(cluster_policy_filter_test PRIVATE -Wl,--wrap=ic_hash_sha256
                        -Wl,--wrap=ic_array_alloc -Wl,--wrap=ic_assert_fail)
    # The gate between a store, a cluster thread and a hub that are the test's.
    target_link_options(shell_gate_test PRIVATE -Wl,--wrap=ic_cluster_thread_ask
                        -Wl,--wrap=ic_cluster_thread_lease_end
                        -Wl,--wrap=ic_hub_on_store -Wl,--wrap=ic_hub_people
                        -Wl,--wrap=ic_hub_may_move -Wl,--wrap=ic_hub_move
                        -Wl,--wrap=ic_hub_tell_draining)
    # Relays between three control threads, whose cluster threads, hubs and workers are the test's.
    target_link_options(shell_relay_control_test PRIVATE -Wl,--wrap=ic_cluster_thread_ask
                        -Wl,--wrap=ic_gate_set_places -Wl,--wrap=ic_hub_room_key
                        -Wl,--wrap=ic_hub_meeting_of -Wl,--wrap=ic_spread_people
                        -Wl,--wrap=ic_spread_workers)
    # A kernel that refuses to cut, or leaves nothing together, or says what makes no sense; and the
    # test in the worker's place.
    target_link_options(shell_udp_test PRIVATE -Wl,--wrap=sendmmsg -Wl,--wrap=recvmmsg
                        -Wl,--wrap=setsockopt -Wl,--wrap=ic_worker_input -Wl,--wrap=ic_worker_lag
                        -Wl,--wrap=ic_worker_refuse -Wl,--wrap=ic_worker_tx_room)
    file(GLOB scenario_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/scenarios/*_scenario.c")
    foreach(source ${scenario_sources})
        get_filename_component(name ${source} NAME_WE)
        string(REGEX REPLACE "_scenario$" "" test ${name})
        add_executable(${name} ${source})
        target_compile_options(${name} PRIVATE ${IC_WARNINGS})
        target_link_libraries(${name} PRIVATE ic_sim PkgConfig::CMOCKA)
        add_test(NAME scenario.${test} COMMAND ${name})
        set_tests_properties(scenario.${test} PROPERTIES LABELS scenario TIMEOUT 300)
    endforeach()
    set_tests_properties(scenario.placement PROPERTIES TIMEOUT 1800) # DECISIONS=1000000 in test-full
    # The one that looks at captured payloads, and the tap that captures them (payload_tap.c), here in
    # front of the simulator's worker.
    add_executable(payloads tests/audit/payloads.c tests/audit/tap_frames.c tests/audit/input.c)
    target_compile_options(payloads PRIVATE ${IC_WARNINGS})
    target_include_directories(payloads PRIVATE "${CMAKE_SOURCE_DIR}/tests" "${CMAKE_SOURCE_DIR}/server")
    target_link_libraries(payloads PRIVATE ic_wire PkgConfig::JANSSON)
    add_executable(audit_payloads_test tests/audit/payloads_test.c tests/audit/payload_tap.c)
    target_compile_options(audit_payloads_test PRIVATE ${IC_WARNINGS})
    set_source_files_properties(tests/audit/payload_tap.c PROPERTIES COMPILE_OPTIONS -Wno-missing-prototypes)
    target_compile_definitions(audit_payloads_test PRIVATE IC_TOOL="$<TARGET_FILE:payloads>")
    target_include_directories(audit_payloads_test PRIVATE "${CMAKE_SOURCE_DIR}/tests")
    target_link_options(audit_payloads_test PRIVATE -Wl,--wrap=ic_forwarder_run)
    target_link_libraries(audit_payloads_test PRIVATE ic_sim PkgConfig::CMOCKA)
    add_dependencies(audit_payloads_test payloads)
    add_test(NAME audit.payloads COMMAND audit_payloads_test)
    set_tests_properties(audit.payloads PROPERTIES LABELS unit TIMEOUT 300)
    # Programs that search memory dumps; for speed without sanitizers, whatever the preset.
    foreach(tool anykey needles)
        add_executable(${tool} "tests/audit/${tool}.c" tests/audit/input.c tests/audit/gcm_try.c)
        target_compile_options(${tool} PRIVATE ${IC_WARNINGS} -O3 -fno-sanitize=all)
        target_include_directories(${tool} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
        target_link_libraries(${tool} PRIVATE PkgConfig::JANSSON OpenSSL::Crypto Threads::Threads)
        add_executable(audit_${tool}_test "tests/audit/${tool}_test.c" tests/audit/gcm_try.c)
        target_compile_options(audit_${tool}_test PRIVATE ${IC_WARNINGS})
        target_compile_definitions(audit_${tool}_test PRIVATE IC_TOOL="$<TARGET_FILE:${tool}>")
        target_include_directories(audit_${tool}_test PRIVATE "${CMAKE_SOURCE_DIR}/tests")
        target_link_libraries(audit_${tool}_test PRIVATE ic_base PkgConfig::CMOCKA OpenSSL::Crypto)
        add_dependencies(audit_${tool}_test ${tool})
        add_test(NAME audit.${tool} COMMAND audit_${tool}_test)
        set_tests_properties(audit.${tool} PROPERTIES LABELS unit TIMEOUT 300)
    endforeach()
endif()

if(IC_FUZZ)
    file(GLOB fuzz_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.c")
    foreach(source ${fuzz_sources})
        get_filename_component(name ${source} NAME_WE)
        file(STRINGS ${source} room_line REGEX "room: [a-z]+" LIMIT_COUNT 1)
        string(REGEX REPLACE ".*room: ([a-z]+).*" "\\1" room "${room_line}")
        add_executable(${name} ${source})
        target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
        target_compile_options(${name} PRIVATE ${IC_WARNINGS})
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        target_link_libraries(${name} PRIVATE ic_${room})
    endforeach()
endif()

# The hostile server of tests/hostile: the product, with another forwarder, and its walls taken away.
if(NOT IC_FUZZ AND TARGET incamera)
    add_executable(incamera_hostile EXCLUDE_FROM_ALL server/shell/main.c ${IC_WEB_ASSETS_SOURCE}
                   tests/hostile/hostile_forwarder.c tests/hostile/hostile_ice.c
                   tests/hostile/hostile_wall.c tests/hostile/hostile_placement.c)
    target_compile_options(incamera_hostile PRIVATE ${IC_WARNINGS} -Wno-overlength-strings
                           -Wno-missing-prototypes)
    target_link_options(incamera_hostile PRIVATE -Wl,--wrap=ic_forwarder_run,--wrap=ic_own_wall_handle
                        -Wl,--wrap=ic_ice_poll,--wrap=ic_gate_input,--wrap=ic_web_page_answer)
    target_link_libraries(incamera_hostile PRIVATE ic_shell)
    # The product that dies when a commit is on the disk (tests/cluster).
    add_executable(incamera_cut EXCLUDE_FROM_ALL server/shell/main.c ${IC_WEB_ASSETS_SOURCE}
                   tests/cluster/cut_commit.c)
    target_compile_options(incamera_cut PRIVATE ${IC_WARNINGS} -Wno-overlength-strings
                           -Wno-missing-prototypes)
    target_link_options(incamera_cut PRIVATE -Wl,--wrap=ic_store_run)
    target_link_libraries(incamera_cut PRIVATE ic_shell)
    # The product with a tap behind SRTP, and one at its keys (tests/audit/README.md).
    add_executable(incamera_tap EXCLUDE_FROM_ALL server/shell/main.c ${IC_WEB_AUDIT_ASSETS_SOURCE}
                   tests/audit/payload_tap.c tests/audit/hop_key_tap.c)
    target_compile_options(incamera_tap PRIVATE ${IC_WARNINGS} -Wno-overlength-strings
                           -Wno-missing-prototypes)
    target_include_directories(incamera_tap PRIVATE "${CMAKE_SOURCE_DIR}/tests")
    target_link_options(incamera_tap PRIVATE -Wl,--wrap=ic_forwarder_run
                        -Wl,--wrap=ic_srtp_cipher_init)
    target_link_libraries(incamera_tap PRIVATE ic_shell)
endif()
