// Goroutines that write and read files in the directory that the program was given.
package main

import (
	"fmt"
	"os"
	"sync"
)

func main() {
	var wait sync.WaitGroup
	sums := make(chan int, 8)
	for i := 0; i < 8; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			name := fmt.Sprintf("/data/part%d.txt", i)
			if err := os.WriteFile(name, []byte(fmt.Sprint(i*i)), 0o644); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			data, err := os.ReadFile(name)
			if err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			var n int
			fmt.Sscan(string(data), &n)
			sums <- n
		}()
	}
	wait.Wait()
	close(sums)
	total := 0
	for n := range sums {
		total += n
	}
	entries, err := os.ReadDir("/data")
	fmt.Println(total, len(entries), err)
	if _, err := os.ReadFile("/data/../secret"); err != nil {
		fmt.Println("refused")
	}
}
