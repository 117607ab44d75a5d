// SPDX-License-Identifier: GPL-2.0-only
// Every interleaving of two requests about one file, and many of three: each must end as if they had come one
// after the other, in some order, with no space, slot or record lost or given twice.
#include "tests/model/scheduler.h"
#include "tests/model/world.h"

#include <algorithm>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <numeric>
#include <set>

namespace famfs::test {
namespace {

using media::mebibyte;
using server::PublishOptions;
using server::Selection;

struct Request {
    const char *name;
    int (*run)(World &world);
};

constexpr Request requests[] = {
    {"open to read", [](World &world) { return world.open(O_RDONLY); }},
    {"open to write", [](World &world) { return world.open(O_RDWR); }},
    {"open to append", [](World &world) { return world.open(O_WRONLY | O_APPEND); }},
    {"cut to nothing", [](World &world) { return world.resize(0); }},
    {"grow", [](World &world) { return world.grow(5 * mebibyte); }},
    {"reserve", [](World &world) { return world.reserve(8 * mebibyte); }},
    {"cut", [](World &world) { return world.resize(mebibyte); }},
    {"extend", [](World &world) { return world.resize(7 * mebibyte); }},
    {"unlink", [](World &world) { return world.unlink("f"); }},
    {"rename", [](World &world) { return world.rename("f", "h"); }},
    {"rename over", [](World &world) { return world.rename("g", "f"); }},
    {"chmod", [](World &world) { return world.change_mode(); }},
    {"publish", [](World &world) { return world.publish(Selection::Reach::everything); }},
    {"fsync of the directory", [](World &world) { return world.publish(Selection::Reach::entries); }},
    {"make", [](World &world) { return world.make("h"); }},
    {"close", [](World &world) { return world.close(O_RDWR); }}, // only where somebody has it open
};
constexpr std::size_t all = std::size(requests);
constexpr std::size_t grow_request = 4;
constexpr std::size_t cut = 6;
constexpr std::size_t unlink_request = 8;
constexpr std::size_t publish_request = 12;
constexpr std::size_t close_request = all - 1;

struct Case {
    PublishOptions options;
    Start start;
    std::vector<std::size_t> requests;

    [[nodiscard]] std::string text() const {
        static constexpr const char *starts[] = {"open", "closed", "unlinked"};
        std::string text = to_string(options) + ", " + starts[static_cast<int>(start)] + ":";
        for (const std::size_t request : this->requests)
            text += std::string(" [") + test::requests[request].name + "]";
        return text;
    }
};

std::string outcome(World &world, const std::vector<int> &codes) {
    std::string text;
    for (const int code : codes)
        text += std::string(code == 0 ? "ok" : strerrorname_np(code)) + "\n";
    return text + world.visible();
}

std::set<std::string> one_after_the_other(const Case &one) {
    std::set<std::string> outcomes;
    std::vector<std::size_t> order(one.requests.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
        World world(one.options, one.start);
        std::vector<int> codes(order.size());
        for (const std::size_t i : order)
            codes[i] = requests[one.requests[i]].run(world);
        outcomes.insert(outcome(world, codes));
    } while (std::ranges::next_permutation(order).found);
    return outcomes;
}

/// Returns in how many orders the requests met: in all that there are, or in @most.
std::size_t explore(const Case &one, std::size_t most) {
    const std::set<std::string> allowed = one_after_the_other(one);
    Exploration exploration;
    do {
        World world(one.options, one.start);
        std::vector<int> codes(one.requests.size());
        std::vector<std::function<void()>> threads;
        for (std::size_t i = 0; i < codes.size(); i++)
            threads.emplace_back([&, i] { codes[i] = requests[one.requests[i]].run(world); });
        if (!Scheduler::run(exploration, threads)) {
            ADD_FAILURE() << one.text() << " wait for each other";
            std::abort(); // the threads are still there
        }
        const std::string found = outcome(world, codes);
        EXPECT_TRUE(allowed.contains(found))
            << one.text() << " end as they never do one after the other:\n"
            << found << "\nwhere it should be one of\n"
            << std::accumulate(
                   allowed.begin(), allowed.end(), std::string(),
                   [](const std::string &sum, const std::string &text) { return sum + text + "\n\n"; });
        EXPECT_EQ(world.fault(), "") << one.text();
        EXPECT_EQ(world.fault_at_end(), "") << one.text();
    } while (!testing::Test::HasFailure() && exploration.next() && exploration.orders() < most);
    return exploration.orders();
}

const std::vector<PublishOptions> modes = {
    {}, {.when = PublishOptions::When::manual, .quiet = {}, .discard = false}};

/// @size requests of @choice at once, from each start, however files are published.
void explore_all(std::size_t size, const std::vector<std::size_t> &choice, bool repeated,
                 std::size_t most = SIZE_MAX) {
    std::size_t cases = 0;
    std::size_t cut_short = 0;
    std::size_t orders = 0;
    const auto visit = [&](const std::vector<std::size_t> &picked) {
        for (const PublishOptions &options : modes)
            for (const Start start : {Start::open, Start::closed, Start::unlinked}) {
                const auto closes = std::ranges::count(picked, close_request);
                if (closes > (start == Start::closed ? 0 : 1) || testing::Test::HasFailure())
                    continue;
                cases++;
                const std::size_t met = explore({options, start, picked}, most);
                cut_short += met == most ? 1 : 0;
                orders += met;
            }
    };
    std::vector<std::size_t> picked;
    const std::function<void(std::size_t)> pick = [&](std::size_t from) {
        if (picked.size() == size)
            return visit(picked);
        for (std::size_t i = from; i < choice.size(); i++) {
            picked.push_back(choice[i]);
            pick(repeated ? i : i + 1);
            picked.pop_back();
        }
    };
    pick(0);
    std::printf("%zu cases, %zu orders; %zu cases have more\n", cases, orders, cut_short);
}

TEST(FilesModel, TwoRequestsInEveryOrder) {
    std::vector<std::size_t> choice(all);
    std::iota(choice.begin(), choice.end(), std::size_t{0});
    explore_all(2, choice, true);
}

/// Those that change what the others ask about, each once. A publication of everything meets two others in
/// more orders than there is time for: the first thousands of each case.
TEST(FilesModel, ThreeRequestsInManyOrders) {
    constexpr std::size_t most = 3000;
    explore_all(3, {grow_request, cut, unlink_request, publish_request, close_request}, false, most);
}

} // namespace
} // namespace famfs::test
