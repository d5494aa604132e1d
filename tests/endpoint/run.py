"""Runs the tests of the endpoint and reports as cargo's own test harness does."""

import sys
import unittest


class Lines(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.before = len(self.failures) + len(self.errors)

    def stopTest(self, test):
        super().stopTest(test)
        good = len(self.failures) + len(self.errors) == self.before
        print(f"test {test.id()} ... {'ok' if good else 'FAILED'}", flush=True)


def main():
    suite = unittest.defaultTestLoader.discover("tests/endpoint")
    result = Lines()
    suite.run(result)
    for test, why in result.failures + result.errors:
        print(f"\n---- {test.id()} ----\n{why}")
    failed = len({test.id() for test, _ in result.failures + result.errors})
    passed = result.testsRun - failed
    verdict = "ok" if result.wasSuccessful() else "FAILED"
    print(f"\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out\n")
    return 0 if result.wasSuccessful() else 1


sys.exit(main())
