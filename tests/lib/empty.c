/* empty - the floor that start-up times are measured against. */
int main(void)
{
	return 0;
}
